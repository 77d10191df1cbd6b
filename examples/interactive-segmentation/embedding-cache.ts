import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { LRUCache } from 'lru-cache'
import type { Embedding } from './sam.ts'

/** Embeddings of the images that were asked about last. */
export interface EmbeddingCache {
  /** The embedding of an image file; computed when it is not known. Who asks while it is being computed waits for the same. */
  get(file: string): Promise<Embedding>
}

/** @param size most embeddings that are kept, 4 MB each @param embed computes one */
export function openEmbeddingCache(size: number, embed: (file: string) => Promise<Embedding>): EmbeddingCache {
  const known = new LRUCache<string, Embedding, string>({
    max: size,
    fetchMethod: (_key, _stale, { context: file }) => embed(file),
    // Somebody waits for an embedding even when others have crowded it out meanwhile.
    ignoreFetchAbort: true,
  })
  return {
    async get(file) {
      // By what it holds: signed addresses of one image change, and times of files that are kept do too.
      const key = createHash('sha256')
        .update(await readFile(file))
        .digest('hex')
      return (await known.fetch(key, { context: file })) ?? embed(file)
    },
  }
}
