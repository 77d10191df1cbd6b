import { connect, type Socket } from 'node:net'

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Bytes to send, and how an answer to them ends. */
export interface RawRequest {
  readonly bytes: readonly Uint8Array[]
  readonly method: string
}

/** Longest that a server may say nothing, milliseconds. */
const silenceMs = 20_000

/** One connection to a server, opened when it is needed: bytes go out as they are. */
export class RawConnection {
  readonly #port: number
  #socket: Socket | undefined

  constructor(port: number) {
    this.#port = port
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @returns undefined when the connection ended without one
   */
  async ask({ bytes, method }: RawRequest): Promise<RawAnswer | undefined> {
    const socket = await this.#open()
    const answers = readAnswers(socket, method)
    for (const part of bytes) socket.write(part)
    const { value: answer } = await answers.next().catch(error => {
      this.close()
      throw error
    })
    const isOver = answer === undefined || answer.headers.connection === 'close'
    if (isOver) this.close()
    await answers.return(undefined)
    return answer
  }

  /** Sends bytes, says that no more will come, and takes all answers until the server closes. */
  async tell({ bytes, method }: RawRequest): Promise<RawAnswer[]> {
    this.close()
    const socket = await this.#open()
    const found: RawAnswer[] = []
    for (const part of bytes) socket.write(part)
    socket.end()
    for await (const answer of readAnswers(socket, method)) found.push(answer)
    this.close()
    return found
  }

  close(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  #open(): Promise<Socket> {
    const open = this.#socket
    if (open !== undefined && !open.destroyed && open.writable && open.readable) return Promise.resolve(open)
    return new Promise((resolve, reject) => {
      const socket = connect({ port: this.#port, host: '127.0.0.1' })
      this.#socket = socket
      socket.setNoDelay(true)
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        // A server that has said no may close while the rest of a body is on its way.
        socket.on('error', () => {})
        resolve(socket)
      })
    })
  }
}

/** The answers that come over a socket, until it ends or falls silent. */
async function* readAnswers(socket: Socket, method: string): AsyncGenerator<RawAnswer, undefined> {
  let chunks: Buffer[] = []
  let wake = () => {}
  let isOver = socket.destroyed
  let isSilent = false
  const onData = (chunk: Buffer) => {
    chunks.push(chunk)
    wake()
  }
  const onOver = () => {
    isOver = true
    wake()
  }
  const timer = setTimeout(() => {
    isSilent = true
    wake()
  }, silenceMs)
  socket.on('data', onData).on('end', onOver).on('close', onOver)
  try {
    for (;;) {
      const bytes = Buffer.concat(chunks)
      const read = readAnswer(bytes, method, isOver)
      if (read !== undefined) {
        chunks = [bytes.subarray(read.length)]
        if (read.answer.status >= 200) yield read.answer
        continue
      }
      chunks = [bytes]
      if (isSilent)
        throw new Error(`no answer within ${silenceMs} ms; there is ${JSON.stringify(String(bytes.subarray(0, 200)))}`)
      if (isOver) return undefined
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  } finally {
    clearTimeout(timer)
    socket.off('data', onData).off('end', onOver).off('close', onOver)
  }
}

/** @returns undefined while it is not whole */
function readAnswer(bytes: Buffer, method: string, isOver: boolean): { answer: RawAnswer; length: number } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const [first = '', ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n')
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1])
  if (!(status >= 100)) throw new Error(`no HTTP: ${JSON.stringify(first)}`)
  const headers: Record<string, string> = Object.fromEntries(
    lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  const start = headEnd + 4
  const whole = (body: Buffer, length: number) => ({ answer: { status, headers, body }, length })
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return whole(Buffer.alloc(0), start)
  if (headers['transfer-encoding'] === 'chunked') {
    const read = readChunks(bytes, start)
    return read && whole(read.body, read.end)
  }
  if (headers['content-length'] === undefined) return isOver ? whole(bytes.subarray(start), bytes.length) : undefined
  const end = start + Number(headers['content-length'])
  return bytes.length < end ? undefined : whole(bytes.subarray(start, end), end)
}

function readChunks(bytes: Buffer, from: number): { body: Buffer; end: number } | undefined {
  const parts: Buffer[] = []
  let at = from
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16)
    const start = lineEnd + 2
    if (bytes.length < start + size + 2) return undefined
    parts.push(bytes.subarray(start, start + size))
    at = start + size + 2
    if (size === 0) return { body: Buffer.concat(parts), end: at }
  }
}
