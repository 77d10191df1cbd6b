import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Gives back the memory that nothing of this thread refers to any more. For `SharedArrayBuffer`s above all: runtimes count them to no
 * thread, so that one that is idle keeps hundreds of megabytes and sees no reason to tidy up. Blocks the thread for some 10 ms.
 */
export function collectGarbage(): void {
  const { Bun } = globalThis as { Bun?: { gc(isSynchronous: boolean): void } }
  if (Bun !== undefined) {
    Bun.gc(true)
    return
  }
  // The flag only says what a context that is made from now on has.
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  collect()
}
