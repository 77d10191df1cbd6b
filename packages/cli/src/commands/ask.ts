import type { Readable, Writable } from 'node:stream'
import { isCancel, select, text } from '@clack/prompts'
import { HtxError } from '@htx/core'
import type { BackendKind } from './backend-kinds.ts'

/** Where questions are put. Default: the terminal. */
export interface AskOptions {
  readonly input?: Readable
  readonly output?: Writable
}

export async function askForDirectory(options: AskOptions = {}): Promise<string> {
  const message = 'Where shall the backend go? A directory that is new or empty.'
  return answered(await text({ message, placeholder: 'my-backend', defaultValue: 'my-backend', ...options }))
}

export async function askForKind(kinds: readonly BackendKind[], options: AskOptions = {}): Promise<BackendKind> {
  const choices = kinds.map(kind => ({ value: kind.name, label: kind.title, hint: kind.tags }))
  const name = answered(await select({ message: 'Which kind of model?', options: choices, ...options }))
  return kinds.find(kind => kind.name === name) as BackendKind
}

function answered<T>(answer: T): Exclude<T, symbol> {
  if (isCancel(answer)) throw new HtxError('HTX_CANCELLED', 'cancelled; nothing was written')
  return answer as Exclude<T, symbol>
}
