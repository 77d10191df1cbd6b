import { HtxError } from '../errors/htx-error.ts'
import type { LoadContext } from './contexts.ts'
import { toShared } from './to-shared.ts'

/** `context.shared` during one load. */
export interface Sharing {
  readonly shared: LoadContext['shared']
  /** The load is over: nothing made from now on would reach another thread. */
  close(): void
}

/** @param values by name, what other threads of the version have made; what this load makes is added */
export function openSharing(values: Map<string, unknown>): Sharing {
  const making = new Map<string, Promise<unknown>>()
  let isOver = false
  return {
    shared: shared as LoadContext['shared'],
    close() {
      isOver = true
    },
  }

  async function shared(name: string, make: () => unknown): Promise<unknown> {
    if (values.has(name)) return values.get(name)
    if (isOver)
      throw new HtxError(
        'HTX_NOT_SHAREABLE',
        `context.shared('${name}') was called after load() had ended, when other workers can no longer get what it makes. ` +
          'Call and await it in load()',
      )
    let pending = making.get(name)
    if (pending === undefined) {
      pending = makeOnce(name, make).finally(() => making.delete(name))
      making.set(name, pending)
    }
    return pending
  }

  async function makeOnce(name: string, make: () => unknown): Promise<unknown> {
    const value = toShared(name, await make())
    values.set(name, value)
    return value
  }
}
