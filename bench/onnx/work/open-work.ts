import { alphabet } from './assets.ts'
import { classifyTurn, openClassifier } from './classifier.ts'
import { detectLines, openDetector } from './detector.ts'
import { readPixels } from './pixels.ts'
import { openRecogniser, readLine } from './recogniser.ts'

/** Which networks are asked: for boxes around lines, for how a line is turned, for boxes and texts. */
export type Work = 'detector' | 'classifier' | 'reader'

/** What the models of htx do, without htx. @returns what answers for the path of an image */
export async function openWork(work: Work, threads: number): Promise<(path: string) => Promise<unknown>> {
  if (work === 'classifier') {
    const session = await openClassifier(threads)
    return async path => classifyTurn(session, readPixels(path))
  }
  const detection = await openDetector(threads)
  if (work === 'detector') return async path => detectLines(detection, readPixels(path))
  const recognition = await openRecogniser(threads)
  const letters = alphabet()
  return async path => {
    const image = readPixels(path)
    const texts: string[] = []
    for (const line of await detectLines(detection, image)) {
      texts.push(await readLine(recognition, letters, image, line))
    }
    return texts
  }
}
