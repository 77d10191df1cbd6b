import { HtxError, messageOf } from '@htx/core'
import type { LoadMessage } from './messages.ts'
import type { Slot } from './slot.ts'

export interface CatchUpSettings {
  /** What is served, by key; changes while a slot loads. */
  readonly versions: ReadonlyMap<string, LoadMessage>
  load(version: LoadMessage): Promise<void>
  /** A version that the slot cannot load. */
  onFailed(key: string, reason: HtxError): void
  isClosed(): boolean
}

/**
 * Brings a fresh slot up to date with what is served. Versions that it cannot load are reported, not waited for.
 *
 * @throws HtxError `HTX_WORKER_LOST` when its thread is lost over it
 */
export async function catchUp(slot: Slot, { versions, load, onFailed, isClosed }: CatchUpSettings): Promise<void> {
  const failed = new Set<string>()
  while (!slot.isLost && !isClosed()) {
    // Unloaded everywhere else while this one loaded.
    const stale = [...slot.replicas].find(key => !versions.has(key))
    if (stale !== undefined) {
      await slot.unload(stale).catch(() => {})
      continue
    }
    const missing = [...versions.values()].find(({ key }) => !slot.replicas.has(key) && !failed.has(key))
    if (missing === undefined) return
    try {
      await load(missing)
    } catch (error) {
      failed.add(missing.key)
      onFailed(missing.key, error instanceof HtxError ? error : new HtxError('HTX_MODEL_LOAD_FAILED', messageOf(error)))
    }
  }
  if (slot.isLost) throw new HtxError('HTX_WORKER_LOST', `worker ${slot.id} was lost while it loaded what is served`)
}
