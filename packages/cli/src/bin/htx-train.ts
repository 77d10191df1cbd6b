#!/usr/bin/env node
import { trainCommand } from '../commands/train.ts'
import { runCommand } from '../run-command.ts'

await runCommand(trainCommand())
