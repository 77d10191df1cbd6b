import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstat, mkdir, readFile } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { HtxError, messageOf } from '@htx/core'
import type { JobLog } from './job-log.ts'
import { messagesFd, type TrainMessage, type TrainResult } from './messages.ts'
import { endGroup, endMarked } from './process-group.ts'
import { readMessages } from './read-messages.ts'
import { allowedEnvironment, type FenceSettings, nodeFlags } from './training-fence.ts'
import { watchLimits } from './training-limits.ts'

export interface TrainingProcessSettings extends FenceSettings {
  readonly resultFile: string
  /** Names of environment variables that the process gets beside the usual ones; `AWS_*` stands for all that begin so. */
  readonly environment: readonly string[]
  /** Between the request to end and the end by force, milliseconds. */
  readonly graceMs: number
  readonly log: JobLog
  readonly signal: AbortSignal
  /** Ends it at once, by force. */
  readonly kill?: AbortSignal
  onStart(pid: number): Promise<void>
  onMessage(message: TrainMessage): void
}

/** Low: predictions come first. */
const niceness = 10
const largestResultBytes = 64 * 1024 * 1024
/** Characters of an error's message that are kept. */
const longestMessage = 10_000
/** How long output may still come when everything that the training started is ended, milliseconds. */
const outputMs = 5_000

/**
 * Runs a train function in a process of its own: own process group, environment from a list, limits of memory, time and disk, output
 * captured. Whatever it does, this returns, and nothing of it runs on.
 *
 * @throws HtxError what the train function threw; `HTX_TRAINING_FAILED` when the process ended otherwise; the reason of the signal or of the limit
 */
export async function runTrainingProcess(settings: TrainingProcessSettings): Promise<TrainResult> {
  const { jobDirectory, log, signal } = settings
  signal.throwIfAborted()
  const temporary = join(jobDirectory, 'tmp')
  await mkdir(temporary, { recursive: true })
  const child = spawn(process.execPath, [...nodeFlags(settings), entryFile, join(jobDirectory, 'job.json')], {
    cwd: jobDirectory,
    env: { ...allowedEnvironment(settings.environment), TMPDIR: temporary, TMP: temporary, TEMP: temporary },
    detached: true,
    // Its input says nothing and ends with this process. Messages have a plain pipe: Node's own channel would end the process that
    // listens when something else than its JSON comes.
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  })
  const exited = new Promise<Exit>(resolve => child.once('exit', (code, by) => resolve([code, by])))
  const failedToStart = new Promise<never>((_, reject) => child.on('error', reject))
  failedToStart.catch(() => {})
  try {
    await Promise.race([once(child, 'spawn'), failedToStart])
  } catch (error) {
    throw new HtxError('HTX_TRAINING_FAILED', `the training process could not be started: ${messageOf(error)}`, {
      cause: error,
    })
  }
  listen(child, settings)
  const pid = child.pid as number
  lowerPriority(pid)
  const ending = endOnAbort(pid, settings)
  try {
    await settings.onStart(pid)
    await exited
  } finally {
    ending.stop()
    // What the train function started runs on, and may hold the output open.
    await endGroup(pid, 'SIGKILL')
    await endMarked(jobDirectory)
    await endOutput(child)
    for (const line of ending.notes) log.line(line)
  }
  if (ending.reason !== undefined) throw ending.reason
  return readResult(settings, await exited)
}

type Exit = [code: number | null, by: NodeJS.Signals | null]

const entryFile = fileURLToPath(new URL('../trainer/entry.js', import.meta.url))

function listen(child: ChildProcess, { log, onMessage }: TrainingProcessSettings): void {
  child.stdout?.setEncoding('utf8').on('data', (text: string) => log.take('stdout', text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => log.take('stderr', text))
  readMessages(child.stdio[messagesFd] as Readable, message => {
    if ('log' in message) log.line(`${message.log.toUpperCase()} ${message.message}`)
    else onMessage(message)
  })
  // A pipe that breaks has nothing more to say; how the process ended tells the rest.
  for (const stream of child.stdio) stream?.on('error', () => {})
}

/** Waits for the last of the output; a process that nobody could end may hold it open for ever. */
async function endOutput(child: ChildProcess): Promise<void> {
  child.stdin?.destroy()
  const closed = once(child, 'close').catch(() => {})
  const streams = child.stdio.slice(1)
  if (streams.every(stream => stream === null || stream === undefined || stream.destroyed)) return
  const timer = setTimeout(() => {
    for (const stream of streams) stream?.destroy()
  }, outputMs)
  await closed
  clearTimeout(timer)
}

/** Ends the process when the job is cancelled or beyond a limit: first with a request, then by force. */
function endOnAbort(pid: number, { signal, kill, limits, graceMs, ...settings }: TrainingProcessSettings) {
  const state = { reason: undefined as unknown, notes: [] as string[], stop }
  let force: NodeJS.Timeout | undefined
  const watch = watchLimits({
    pid,
    limits,
    directories: [settings.stagingDirectory, settings.jobDirectory],
    onExceeded: (error, { atOnce }) => end(error, atOnce),
  })
  const onAbort = () => end(signal.reason, false)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  const onKill = () => void endGroup(pid, 'SIGKILL')
  kill?.addEventListener('abort', onKill, { once: true })
  return state

  function end(reason: unknown, atOnce: boolean): void {
    if (state.reason !== undefined) return
    state.reason = reason
    if (atOnce) {
      void endGroup(pid, 'SIGKILL')
      return
    }
    void endGroup(pid, 'SIGTERM')
    force = setTimeout(() => {
      state.notes.push(`it did not end within ${graceMs} ms and was killed`)
      void endGroup(pid, 'SIGKILL')
    }, graceMs)
  }

  function stop(): void {
    clearTimeout(force)
    watch.stop()
    signal.removeEventListener('abort', onAbort)
    kill?.removeEventListener('abort', onKill)
  }
}

async function readResult(
  { resultFile, log }: TrainingProcessSettings,
  [code, by]: Exit,
): Promise<Exclude<TrainResult, { error: unknown }>> {
  const facts = await lstat(resultFile).catch(() => undefined)
  if (facts === undefined || !facts.isFile() || code !== 0) {
    const how = by === null ? `ended with exit code ${code}` : `was ended by ${by}`
    const last = log.lastLines.filter(line => line.trim() !== '').slice(-5)
    const said = last.length === 0 ? 'It printed nothing' : `Its last lines: ${last.join(' | ')}`
    throw new HtxError('HTX_TRAINING_FAILED', `the training process ${how} before train() returned. ${said}`)
  }
  if (facts.size > largestResultBytes) {
    throw new HtxError(
      'HTX_TRAINING_FAILED',
      `train() returned ${facts.size} bytes of JSON; at most ${largestResultBytes} are kept. Write large things to files in the working directory and return their paths`,
    )
  }
  const result = JSON.parse(await readFile(resultFile, 'utf8')) as TrainResult
  if (!('error' in result)) return result
  throw HtxError.fromData({ ...result.error, message: result.error.message.slice(0, longestMessage) })
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, niceness)
  } catch {
    // It has ended already, or this system has no such thing.
  }
}
