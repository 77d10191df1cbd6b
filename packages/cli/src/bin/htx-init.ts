#!/usr/bin/env node
import { initCommand } from '../commands/init.ts'
import { runCommand } from '../run-command.ts'

await runCommand(initCommand())
