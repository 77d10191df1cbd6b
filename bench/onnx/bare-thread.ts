import { parentPort, workerData } from 'node:worker_threads'
import { openWork, type Work } from './work/open-work.ts'

export interface BareThreadData {
  readonly work: Work
  readonly paths: readonly string[]
  /** Counts the images that are done; shared with the main thread. */
  readonly done: Int32Array
  /** Not 0: it is over. */
  readonly stop: Int32Array
}

const { work, paths, done, stop } = workerData as BareThreadData
const ask = await openWork(work, 1)
await ask(paths[0] as string)
parentPort?.postMessage('started')
for (let place = 0; Atomics.load(stop, 0) === 0; place = (place + 1) % paths.length) {
  await ask(paths[place] as string)
  Atomics.add(done, 0, 1)
}
