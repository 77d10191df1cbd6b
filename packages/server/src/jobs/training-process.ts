import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, stat } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileSchema, HtxError, messageOf } from '@htx/core'
import type { JobLog } from './job-log.ts'
import { type TrainMessage, TrainMessageSchema, type TrainResult } from './messages.ts'
import { endGroup } from './process-group.ts'
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
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'json',
  })
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const failedToStart = new Promise<never>((_, reject) => child.once('error', reject))
  failedToStart.catch(() => {})
  listen(child, settings)
  try {
    await Promise.race([once(child, 'spawn'), failedToStart])
  } catch (error) {
    throw new HtxError('HTX_TRAINING_FAILED', `the training process could not be started: ${messageOf(error)}`, {
      cause: error,
    })
  }
  const pid = child.pid as number
  lowerPriority(pid)
  await settings.onStart(pid)
  const ending = endOnAbort(child, pid, settings)
  try {
    const [code, by] = await ended
    // The group may hold processes that the train function started.
    await endGroup(pid, 'SIGKILL')
    if (ending.reason !== undefined) throw ending.reason
    return await readResult(settings, code, by)
  } finally {
    ending.stop()
    for (const line of ending.notes) log.line(line)
  }
}

const entryFile = fileURLToPath(new URL('../trainer/entry.js', import.meta.url))
const isTrainMessage = compileSchema<TrainMessage>(TrainMessageSchema, {
  code: 'HTX_TRAINING_FAILED',
  what: 'a message',
})

function listen(child: ChildProcess, { log, onMessage }: TrainingProcessSettings): void {
  child.stdout?.setEncoding('utf8').on('data', (text: string) => log.take('stdout', text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => log.take('stderr', text))
  child.on('message', value => {
    let message: TrainMessage
    try {
      message = isTrainMessage(value)
    } catch {
      return
    }
    if ('log' in message) log.line(`${message.log.toUpperCase()} ${message.message}`)
    else onMessage(message)
  })
}

/** Ends the process when the job is cancelled or beyond a limit: first with a request, then by force. */
function endOnAbort(
  child: ChildProcess,
  pid: number,
  { signal, kill, limits, graceMs, ...settings }: TrainingProcessSettings,
) {
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
    if (child.connected) child.disconnect()
  }
}

async function readResult(
  { resultFile, log }: TrainingProcessSettings,
  code: number | null,
  by: NodeJS.Signals | null,
): Promise<Exclude<TrainResult, { error: unknown }>> {
  const facts = await stat(resultFile).catch(() => undefined)
  if (facts === undefined || code !== 0) {
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
  if ('error' in result) throw HtxError.fromData(result.error)
  return result
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, niceness)
  } catch {
    // It has ended already, or this system has no such thing.
  }
}
