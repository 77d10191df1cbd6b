import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { StoredItem } from '../state/item-store.ts'

/**
 * Writes the items of a training to a file, one as JSON a line, without holding them: what changes in the meantime is for the next.
 *
 * @returns how many there are
 */
export async function writeItems(items: AsyncIterable<StoredItem>, file: string, signal: AbortSignal): Promise<number> {
  let count = 0
  await pipeline(lines, createWriteStream(file, { mode: 0o600 }), { signal })
  return count

  async function* lines(): AsyncGenerator<string> {
    for await (const item of items) {
      count += 1
      yield `${JSON.stringify(item)}\n`
    }
  }
}
