import { HtxError } from '../errors/htx-error.ts'

/** Of plain values, which every thread gets as a copy of its own. */
const mostCopiedBytes = 1024 * 1024

/**
 * The same structure over shared memory. Typed arrays, `DataView`s and buffers that own their memory are copied once (a `Buffer` becomes a
 * `Uint8Array`); those over a `SharedArrayBuffer` stay as they are.
 *
 * @param name for messages
 * @throws HtxError `HTX_NOT_SHAREABLE` for functions, class instances, and more than 1 MiB of plain values
 */
export function toShared(name: string, value: unknown): unknown {
  const seen = new Map<object, unknown>()
  let copiedBytes = 0
  return share(value, '')

  function share(part: unknown, path: string): unknown {
    if (typeof part === 'function' || typeof part === 'symbol') throw refusal(path, `a ${typeof part}`)
    if (typeof part !== 'object' || part === null) return count(part, typeof part === 'string' ? 2 * part.length : 8)
    if (part instanceof SharedArrayBuffer) return part
    if (!seen.has(part)) shareObject(part, path)
    return seen.get(part)
  }

  /** Noted before its parts are looked at: a part may lead back to it. */
  function shareObject(part: object, path: string): void {
    if (part instanceof ArrayBuffer) seen.set(part, sharedCopy(new Uint8Array(part)).buffer)
    else if (ArrayBuffer.isView(part)) seen.set(part, shareView(part))
    else if (Array.isArray(part)) {
      const copy: unknown[] = []
      seen.set(part, copy)
      for (const [place, item] of part.entries()) copy.push(share(item, `${path}[${place}]`))
    } else if (isPlain(part)) {
      const copy: Record<string, unknown> = {}
      seen.set(part, copy)
      for (const [key, item] of Object.entries(part)) {
        count(key, 2 * key.length)
        copy[key] = share(item, `${path}.${key}`)
      }
    } else throw refusal(path, `an instance of ${part.constructor?.name || 'a class'}`)
  }

  function count<T>(part: T, bytes: number): T {
    copiedBytes += bytes
    if (copiedBytes > mostCopiedBytes)
      throw new HtxError(
        'HTX_NOT_SHAREABLE',
        `context.shared('${name}') may hold 1 MiB of plain values beside its typed arrays, for each worker has them as a copy of its own; ` +
          'there are more. Put numbers into a typed array and long texts into a Uint8Array',
      )
    return part
  }

  function refusal(path: string, found: string): HtxError {
    return new HtxError(
      'HTX_NOT_SHAREABLE',
      `context.shared('${name}') must make typed arrays, alone or in plain objects and arrays; ` +
        `${path === '' ? 'it made' : `at ${path} there is`} ${found}, which threads cannot share. Make that from the typed arrays in load()`,
    )
  }
}

function shareView(view: ArrayBufferView): ArrayBufferView {
  const isOwn = !(view.buffer instanceof SharedArrayBuffer)
  // A Buffer would arrive in the other threads as what it extends.
  if (view instanceof Buffer)
    return isOwn ? sharedCopy(view) : new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
  if (!isOwn) return view
  const View = view.constructor as new (buffer: ArrayBufferLike) => ArrayBufferView
  return new View(sharedCopy(new Uint8Array(view.buffer, view.byteOffset, view.byteLength)).buffer)
}

function sharedCopy(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.byteLength))
  copy.set(bytes)
  return copy
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
