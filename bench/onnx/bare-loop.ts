/*
 * The most that onnxruntime-node gets out of the cores: threads that read an image, run the network, and begin again. No server.
 * node --import tsx bench/onnx/bare-loop.ts <work> <threads> <folder of images> <names, with commas> <seconds to warm up> <seconds>
 * Prints JSON of BareFigures.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { pssMibOf } from '../measure/process-tree.ts'
import type { BareThreadData } from './bare-thread.ts'
import type { Work } from './work/open-work.ts'

export interface BareFigures {
  readonly imagesPerSecond: number
  readonly cpuMsPerImage: number
  readonly pssMib: number
}

await measure(process.argv.slice(2))

async function measure([work, threads, folder, names, warmUpSeconds, seconds]: readonly string[]): Promise<void> {
  const paths = (names ?? '').split(',').map(name => `${folder}/${name}`)
  const counters = Array.from({ length: Number(threads) }, () => new Int32Array(new SharedArrayBuffer(4)))
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const started = counters.map(done => {
    const worker = new Worker(new URL('bare-thread-entry.mjs', import.meta.url), {
      workerData: { work: work as Work, paths, done, stop } satisfies BareThreadData,
    })
    return new Promise<void>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
  })
  await Promise.all(started)
  const snapshot = () => {
    const { user, system } = process.cpuUsage()
    const images = counters.reduce((sum, done) => sum + Atomics.load(done, 0), 0)
    return { images, cpuMs: (user + system) / 1000, ms: performance.now() }
  }
  await pause(Number(warmUpSeconds) * 1000)
  const before = snapshot()
  await pause(Number(seconds) * 1000)
  const after = snapshot()
  const images = after.images - before.images
  const figures: BareFigures = {
    imagesPerSecond: (images / (after.ms - before.ms)) * 1000,
    cpuMsPerImage: (after.cpuMs - before.cpuMs) / images,
    pssMib: pssMibOf(process.pid),
  }
  console.log(JSON.stringify(figures))
  // A thread that is ended in the middle of a run takes the process with it.
  Atomics.store(stop, 0, 1)
}
