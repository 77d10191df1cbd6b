import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { HtxError, messageOf } from '@htx/core'
import type { AnswerMessage, OrderMessage, OrderName, Orders } from './messages.ts'

/** A pool in a process of its own. */
export interface PoolProcess {
  /** One order at a time. @throws HtxError what the pool says; `HTX_WORKER_LOST` when the process has ended */
  order<Name extends OrderName>(name: Name, order: Orders[Name]['order']): Promise<Orders[Name]['answer']>
  /** Ends the process. Idempotent. */
  close(): Promise<void>
}

/** How long a process may take to close its pool, milliseconds. */
const closeMs = 5_000

/** @param temporary directory for what the process leaves */
export function startPoolProcess(temporary: string): PoolProcess {
  const child = fork(fileURLToPath(new URL('./process-entry.js', import.meta.url)), {
    // What the model prints is not part of the result.
    stdio: ['ignore', 2, 2, 'ipc'],
    env: { ...process.env, TMPDIR: temporary, TMP: temporary, TEMP: temporary },
  })
  const exited = once(child, 'exit').then(
    ([code, signal]) => lost(code, signal),
    error => new HtxError('HTX_WORKER_LOST', `its process could not be started: ${messageOf(error)}`, { cause: error }),
  )
  let closed: Promise<void> | undefined
  return {
    async order(name, order) {
      if (!child.connected) throw await exited
      const answered = once(child, 'message') as Promise<[AnswerMessage]>
      child.send({ name, order } satisfies OrderMessage, () => {})
      const answer = await Promise.race([answered, exited])
      if (answer instanceof HtxError) throw answer
      const [message] = answer
      if ('error' in message) throw HtxError.fromData(message.error)
      return message.value as Orders[typeof name]['answer']
    },
    close() {
      closed ??= end(child, exited)
      return closed
    },
  }
}

async function end(child: ChildProcess, exited: Promise<HtxError>): Promise<void> {
  if (child.connected) child.disconnect()
  const timer = setTimeout(() => child.kill('SIGKILL'), closeMs)
  await exited
  clearTimeout(timer)
}

function lost(code: number | null, signal: NodeJS.Signals | null): HtxError {
  const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`
  const hint = signal === 'SIGKILL' ? '; the machine may have run out of memory' : ''
  return new HtxError('HTX_WORKER_LOST', `its process ${how}${hint}`)
}
