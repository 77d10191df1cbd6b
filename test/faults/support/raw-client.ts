import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A connection, for clients that do what no HTTP library lets them do. */
export interface RawClient {
  readonly socket: Socket
  /** All that came. */
  received(): string
  /** Waits until so many answers with a `content-length` came. @throws Error when the connection ends before */
  answers(count: number): Promise<readonly string[]>
  /** Resolves when the server has closed the connection, or it broke off. */
  readonly ended: Promise<void>
}

export async function openRawClient(url: string): Promise<RawClient> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  const ended = new Promise<void>(resolve => {
    socket.once('close', () => resolve())
    socket.once('end', () => resolve())
  })
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
  })
  await once(socket, 'connect')
  // What breaks off later shows as the end.
  socket.on('error', () => {})
  return {
    socket,
    ended,
    received: () => text,
    async answers(count) {
      for (;;) {
        const whole = answersIn(text)
        if (whole.length >= count) return whole.slice(0, count)
        const isOver = await Promise.race([once(socket, 'data').then(() => false), ended.then(() => true)])
        if (isOver && answersIn(text).length < count)
          throw new Error(
            `the connection ended after ${answersIn(text).length} of ${count} answers: ${text.slice(-300)}`,
          )
      }
    },
  }
}

/** A `/predict` request, bytes and all. */
export function rawRequest(body: string, path = '/predict'): string {
  const bytes = Buffer.byteLength(body)
  return `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n${body}`
}

/** @param text latin-1, a character a byte @returns whole answers, head and body, in their order */
function answersIn(text: string): string[] {
  const found: string[] = []
  for (let from = 0; ; ) {
    const headEnd = text.indexOf('\r\n\r\n', from)
    const length = /content-length: (\d+)/i.exec(text.slice(from, headEnd))?.[1]
    if (headEnd < 0 || length === undefined) return found
    const end = headEnd + 4 + Number(length)
    if (end > text.length) return found
    found.push(text.slice(from, end))
    from = end
  }
}
