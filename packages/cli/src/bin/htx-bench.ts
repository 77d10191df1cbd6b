#!/usr/bin/env node
import { benchCommand } from '../commands/bench.ts'
import { runCommand } from '../run-command.ts'

await runCommand(benchCommand())
