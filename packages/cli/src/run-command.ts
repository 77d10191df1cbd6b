import { isHtxError } from '@htx/core'
import { type Command, CommanderError } from 'commander'

/** The frame of every program: argv in, one clear line and an exit code out. Usage errors exit with 2. */
export async function runCommand(command: Command): Promise<void> {
  command.exitOverride()
  hideSecrets(command.name())
  command.hook('preAction', () => {
    for (const name of secretNames) delete process.env[name]
  })
  try {
    await command.parseAsync(process.argv)
  } catch (error) {
    process.exitCode = exitCodeOf(error, command.name())
  }
}

/** What callers must show: read by now, and no business of model code, which has the environment. */
const secretNames = ['BASIC_AUTH_PASS', 'HTX_API_TOKEN', 'HTX_WEBHOOK_SECRET']

/**
 * Flags may hold passwords, and everybody on a machine may list the programs that run there with their flags; a report of a crash would show the environment.
 * Bun can neither, so that there passwords belong into the environment.
 */
function hideSecrets(name: string): void {
  process.title = name
  if (!('bun' in process.versions)) Object.assign(process.report, { excludeEnv: true })
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
