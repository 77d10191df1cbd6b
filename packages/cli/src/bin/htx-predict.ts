#!/usr/bin/env node
import { predictCommand } from '../commands/predict.ts'
import { runCommand } from '../run-command.ts'

await runCommand(predictCommand())
