/** Lists of at most `size` items, in order. */
export async function* chunksOf<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let chunk: T[] = []
  for await (const item of items) {
    chunk.push(item)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

/** Works on several items at once, never more than `width`, and gives the results in the order of the items. */
export async function* inOrder<T, R>(
  items: AsyncIterable<T>,
  width: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const underWay: Promise<R>[] = []
  for await (const item of items) {
    const result = work(item)
    // Told when its turn comes; until then it must not count as unhandled.
    result.catch(() => {})
    underWay.push(result)
    if (underWay.length === width) yield await (underWay.shift() as Promise<R>)
  }
  for (const result of underWay) yield await result
}
