import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, open, readFile, rename, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type LabelStudioApi, openApi } from './api.ts'
import { labelStudioEnvironment, runtimesDirectory } from './environments.ts'

/** A Label Studio of a version of its own, with an empty database and one user. */
export interface LabelStudio {
  readonly version: string
  readonly url: string
  readonly user: { readonly email: string; readonly password: string; readonly token: string }
  readonly api: LabelStudioApi
  /** What local-storage files lie under. */
  readonly filesDirectory: string
  /** Ends it and removes all that it wrote. */
  close(): Promise<void>
}

const user = {
  email: 'ann@example.com',
  password: 'a-password-for-tests',
  token: '0123456789abcdef0123456789abcdef01234567',
}

/** The first start makes the database: a minute, or many on a machine that has other work to do. */
const startTimeoutMs = 900_000

/** In memory where there is such a place: on SQLite, Label Studio waits for the disk with each prediction that it stores. */
const quickDirectory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** Starts a Label Studio that `.ci/install-label-studio` installed, and waits until it answers. */
export async function startLabelStudio(version: string): Promise<LabelStudio> {
  const environment = labelStudioEnvironment(version)
  if (environment === undefined) throw new Error(`Label Studio ${version} is not installed`)
  const directory = await mkdtemp(join(quickDirectory, `htx-label-studio-${version}-`))
  const filesDirectory = join(directory, 'files')
  await mkdir(filesDirectory)
  const database = join(directory, 'data', 'label_studio.sqlite3')
  const remembered = rememberedDatabase(version)
  await mkdir(dirname(database))
  if (existsSync(remembered)) await copyFile(remembered, database)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const logFile = join(directory, 'label-studio.log')
  const log = await open(logFile, 'a')
  const child = spawn(
    join(environment, 'bin/label-studio'),
    ['start', '--no-browser', '--internal-host', '127.0.0.1', '--port', String(port), '--host', url],
    {
      cwd: directory,
      env: settings(environment, directory, filesDirectory),
      stdio: ['ignore', log.fd, log.fd],
    },
  )
  const forget = endWithThisProcess(child, directory)
  const ended = once(child, 'exit')
  await log.close()

  async function close(): Promise<void> {
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(late)
    forget()
    await rm(directory, { recursive: true, force: true })
  }

  try {
    await untilHealthy(url, child)
    // A journal beside it would say that it is being written.
    if (!existsSync(remembered) && !existsSync(`${database}-journal`)) await copyWhole(database, remembered)
  } catch (error) {
    const said = (await readFile(logFile, 'utf8')).split('\n').slice(-30).join('\n')
    await close()
    throw new Error(`Label Studio ${version} did not start: ${said}`, { cause: error })
  }
  return { version, url, user, api: openApi(url, user.token), filesDirectory, close }
}

/** The database as a first start made it, with the user and nothing else: a minute's work that is done once a version. */
function rememberedDatabase(version: string): string {
  const fingerprint = createHash('sha256').update(JSON.stringify(user)).digest('hex').slice(0, 8)
  return join(runtimesDirectory, `label-studio-${version}-${fingerprint}.sqlite3`)
}

async function copyWhole(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  const part = `${to}.${process.pid}`
  await copyFile(from, part)
  await rename(part, to)
}

function settings(environment: string, directory: string, filesDirectory: string): NodeJS.ProcessEnv {
  return {
    PATH: `${join(environment, 'bin')}:/usr/bin:/bin`,
    HOME: directory,
    LABEL_STUDIO_BASE_DATA_DIR: join(directory, 'data'),
    LABEL_STUDIO_USERNAME: user.email,
    LABEL_STUDIO_PASSWORD: user.password,
    LABEL_STUDIO_USER_TOKEN: user.token,
    // Newer ones refuse the token of a user, which /setup hands to backends, unless this is said.
    LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN: 'true',
    // The model is on this machine.
    ML_BLOCK_LOCAL_IP: 'false',
    SSRF_PROTECTION_ENABLED: 'false',
    LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED: 'true',
    LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT: filesDirectory,
    // Nothing is told to anyone outside; what has no setting for it in an old version ends at a proxy that is not there.
    SENTRY_DSN: '',
    FRONTEND_SENTRY_DSN: '',
    COLLECT_ANALYTICS: 'false',
    collect_analytics: 'false',
    LATEST_VERSION_CHECK: 'false',
    HTTP_PROXY: 'http://127.0.0.1:9',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: '127.0.0.1,localhost',
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

async function untilHealthy(url: string, child: ChildProcess): Promise<void> {
  const end = Date.now() + startTimeoutMs
  while (Date.now() < end) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('it ended')
    const answer = await fetch(`${url}/health`).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.ok === true) return
    // A port can only be asked again; quicker would take the time from the start itself.
    await pause(300)
  }
  throw new Error(`no answer within ${startTimeoutMs} ms`)
}

/** A test run that is broken off leaves nothing behind either. */
function endWithThisProcess(child: ChildProcess, directory: string): () => void {
  const end = () => {
    child.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  }
  const exit = () => process.exit(143)
  process.once('exit', end)
  process.once('SIGTERM', exit)
  return () => {
    process.removeListener('exit', end)
    process.removeListener('SIGTERM', exit)
  }
}
