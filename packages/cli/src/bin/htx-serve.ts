#!/usr/bin/env node
import { serveCommand } from '../commands/serve.ts'
import { runCommand } from '../run-command.ts'

await runCommand(serveCommand())
