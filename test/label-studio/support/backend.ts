import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Program, spawnProgram } from '../../support/spawn-program.ts'
import type { LabelStudio } from './label-studio.ts'

/** A real `htx-serve` in a process of its own, with a models directory of its own. */
export interface Backend {
  readonly url: string
  readonly program: Program
  close(): Promise<void>
}

export interface BackendOptions {
  /** Path of a model module, from the root of the repository. */
  readonly model: string
  readonly arguments?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Program that runs it; the one that runs the tests when absent. */
  readonly runtime?: string
}

const root = new URL('../../../', import.meta.url)

/** Starts `htx-serve` beside a Label Studio that it knows. The one place in which the tests start our server. */
export async function startBackend({ url, user }: LabelStudio, options: BackendOptions): Promise<Backend> {
  const directory = await mkdtemp(join(tmpdir(), 'htx-backend-'))
  const model = fileURLToPath(new URL(options.model, root))
  const program = spawnProgram(
    'htx-serve',
    [model, '--host', '127.0.0.1', '--port', '0', '--workers', '1', ...(options.arguments ?? [])],
    directory,
    { LABEL_STUDIO_URL: url, LABEL_STUDIO_API_KEY: user.token, ...options.environment },
    options.runtime,
  )
  // A test run that is broken off leaves no server behind.
  const end = () => void program.stop('SIGKILL')
  process.once('exit', end)
  const close = async () => {
    process.removeListener('exit', end)
    await program.stop('SIGTERM')
    await rm(directory, { recursive: true, force: true })
  }
  try {
    const [, address = ''] = await program.says(/listening\s+(http\S+)\n/)
    return { url: address, program, close }
  } catch (error) {
    await close()
    throw error
  }
}
