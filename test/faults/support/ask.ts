import { type Agent, request } from 'node:http'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
}

/** How long a client waits: what takes longer is lost. Milliseconds. */
const patienceMs = 60_000

/** POSTs JSON. @throws Error of the connection, with its `code`, when there is no whole answer */
export function ask(
  url: string,
  body: string,
  { agent, headers = {} }: { agent?: Agent; headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), ...headers },
      ...(agent === undefined ? {} : { agent }),
    })
    const timer = setTimeout(
      () => sent.destroy(Object.assign(new Error(`no answer within ${patienceMs} ms`), { code: 'NO_ANSWER' })),
      patienceMs,
    )
    const settle = (act: () => void) => {
      clearTimeout(timer)
      act()
    }
    sent.on('error', error => settle(() => reject(error)))
    sent.on('response', response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', error => settle(() => reject(error)))
      response.on('close', () => settle(() => reject(new Error('the connection broke off within the answer'))))
      response.on('end', () =>
        settle(() =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        ),
      )
    })
    sent.end(body)
  })
}
