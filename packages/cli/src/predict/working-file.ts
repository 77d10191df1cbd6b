import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { HtxError, messageOf } from '@htx/core'

/** What must be the same when a run goes on. */
export type RunFacts = Readonly<Record<string, string>>

/**
 * Where the finished tasks of a run are kept until all are there: a line for each, in the order of the tasks, after one that says what
 * is run. Whatever ends the process, the lines that are whole stay; what is torn is cut off.
 */
export interface WorkingFile {
  readonly path: string
  /** What was finished before. To be read to its end before anything is added. */
  recorded(): AsyncGenerator<unknown>
  add(records: readonly unknown[]): Promise<void>
  /** Makes the file that was asked for, a JSON list, all at once; the working file is gone then. */
  finish(): Promise<void>
  /** Deletes it: the next run begins anew. */
  discard(): Promise<void>
  /** Nothing that was added is lost. Idempotent. */
  close(): Promise<void>
}

/** Lines are on the disk at least so often, milliseconds: what a power cut may cost. */
const syncMs = 1_000

const newline = 0x0a

/**
 * Opens the working file beside the file that is asked for.
 *
 * @param out path of the file that is asked for
 * @throws HtxError `HTX_OPTION_INVALID` when it cannot be written, or was begun by a run of something else
 */
export async function openWorkingFile(out: string, facts: RunFacts): Promise<WorkingFile> {
  const path = `${out}.part`
  const file = await open(path, 'a+').catch(error => {
    throw new HtxError('HTX_OPTION_INVALID', `--out ${out} cannot be written: ${messageOf(error)}`, { cause: error })
  })
  /** Where the last whole line ends, bytes. */
  let end = 0
  let syncedAt = performance.now()
  let isClosed = false
  try {
    await begin()
  } catch (error) {
    await file.close()
    throw error
  }
  return { path, recorded, add, finish, discard, close }

  async function begin(): Promise<void> {
    const header = `${JSON.stringify(facts)}\n`
    const first = (await linesOf(file, 0).next()).value
    if (first === undefined && (await isStartOf(header))) {
      await file.truncate(0)
      await file.appendFile(header)
      await file.datasync()
      end = (await file.stat()).size
      return
    }
    const before = first === undefined ? undefined : parse(first.text)
    if (first === undefined || before === undefined) {
      throw new HtxError(
        'HTX_OPTION_INVALID',
        `${path} is no working file of htx-predict, which would write there. Move or delete it, or give another --out`,
      )
    }
    end = first.end
    const different = Object.keys(facts).filter(key => facts[key] !== (before as RunFacts)[key])
    if (different.length === 0) return
    const [key = ''] = different
    throw new HtxError(
      'HTX_OPTION_INVALID',
      `${path} was begun with another ${key} (${(before as RunFacts)[key]}, now ${facts[key]}). Go on with that, or delete the file to begin anew`,
    )
  }

  /** Whether the file is empty, or was torn while its first line was written. */
  async function isStartOf(header: string): Promise<boolean> {
    const bytes = Buffer.from(header)
    const { size } = await file.stat()
    const start = await file.read(Buffer.alloc(bytes.length), 0, bytes.length, 0)
    return size < bytes.length && bytes.subarray(0, size).equals(start.buffer.subarray(0, start.bytesRead))
  }

  async function* recorded(): AsyncGenerator<unknown> {
    for await (const line of linesOf(file, end)) {
      const record = parse(line.text)
      if (record === undefined) break
      end = line.end
      yield record
    }
    await file.truncate(end)
  }

  async function add(records: readonly unknown[]): Promise<void> {
    if (records.length === 0) return
    await file.appendFile(records.map(record => `${JSON.stringify(record)}\n`).join(''))
    if (performance.now() - syncedAt < syncMs) return
    await file.datasync()
    syncedAt = performance.now()
  }

  async function finish(): Promise<void> {
    await file.datasync()
    const whole = `${out}.whole`
    const target = await open(whole, 'w')
    try {
      for await (const text of list()) await target.write(text)
      await target.sync()
    } finally {
      await target.close()
    }
    await rename(whole, out)
    await discard()
  }

  async function discard(): Promise<void> {
    await close()
    await rm(path)
  }

  async function* list(): AsyncGenerator<string> {
    let before = '[\n'
    let isHeader = true
    for await (const { text } of linesOf(file, 0)) {
      if (!isHeader) {
        yield before + text
        before = ',\n'
      }
      isHeader = false
    }
    yield before === '[\n' ? '[]\n' : '\n]\n'
  }

  async function close(): Promise<void> {
    if (isClosed) return
    isClosed = true
    await file.datasync()
    await file.close()
  }
}

interface Line {
  readonly text: string
  /** Of its newline, exclusive; bytes. */
  readonly end: number
}

/** Whole lines from a position on; what follows the last newline is none. */
async function* linesOf(file: FileHandle, from: number): AsyncGenerator<Line> {
  const buffer = Buffer.alloc(64 * 1024)
  let parts: Buffer[] = []
  let position = from
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position)
    if (bytesRead === 0) return
    let start = 0
    for (let at = buffer.indexOf(newline); at !== -1 && at < bytesRead; at = buffer.indexOf(newline, at + 1)) {
      const text = Buffer.concat([...parts, buffer.subarray(start, at)]).toString('utf8')
      parts = []
      start = at + 1
      yield { text, end: position + start }
    }
    parts.push(Buffer.from(buffer.subarray(start, bytesRead)))
    position += bytesRead
  }
}

/** @returns undefined for what is torn */
function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
