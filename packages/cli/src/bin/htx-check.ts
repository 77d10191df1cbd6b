#!/usr/bin/env node
import { checkCommand } from '../commands/check.ts'
import { runCommand } from '../run-command.ts'

await runCommand(checkCommand())
