/**
 * Gives back the memory that nothing of this thread refers to any more. For `SharedArrayBuffer`s above all: runtimes count them to no
 * thread, so that one that is idle keeps hundreds of megabytes and sees no reason to tidy up. Blocks the thread for some 10 ms.
 */
export async function collectGarbage(): Promise<void> {
  const { Bun } = globalThis as { Bun?: { gc(isSynchronous: boolean): void } }
  if (Bun !== undefined) {
    Bun.gc(true)
    return
  }
  const { Session } = await import('node:inspector/promises')
  const session = new Session()
  session.connect()
  try {
    await session.post('HeapProfiler.collectGarbage')
  } finally {
    session.disconnect()
  }
}
