import { isHtxError } from '@htx/core'
import { type Command, CommanderError } from 'commander'

/** The frame of every program: argv in, one clear line and an exit code out. Usage errors exit with 2. */
export async function runCommand(command: Command): Promise<void> {
  command.exitOverride()
  try {
    await command.parseAsync(process.argv)
  } catch (error) {
    process.exitCode = exitCodeOf(error, command.name())
  }
}

function exitCodeOf(error: unknown, program: string): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (isHtxError(error)) {
    process.stderr.write(`${program}: ${error.message}\n`)
    return error.exitCode
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`${program}: something went wrong that should not: ${stack}\n`)
  return 1
}
