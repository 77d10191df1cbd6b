import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type { StoredItem } from '../state/item-store.ts'

/**
 * Writes the items of a training to a file, one as JSON a line, without holding them: what changes in the meantime is for the next.
 *
 * @returns how many there are
 */
export async function writeItems(items: AsyncIterable<StoredItem>, file: string, signal: AbortSignal): Promise<number> {
  const stream = createWriteStream(file, { mode: 0o600 })
  let count = 0
  try {
    for await (const item of items) {
      signal.throwIfAborted()
      count += 1
      if (!stream.write(`${JSON.stringify(item)}\n`)) await once(stream, 'drain', { signal })
    }
  } finally {
    stream.end()
    await finished(stream)
  }
  return count
}
