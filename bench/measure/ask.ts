import { type Agent, request } from 'node:http'

export interface Answer {
  readonly status: number
  readonly text: string
  /** From the request to the last byte of the answer, milliseconds. */
  readonly ms: number
}

/** One request, without a time limit of its own. */
export function ask(url: string, path: string, body?: string, agent?: Agent): Promise<Answer> {
  const startedAt = performance.now()
  const headers =
    body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  const options = { method: body === undefined ? 'GET' : 'POST', headers, ...(agent === undefined ? {} : { agent }) }
  return new Promise((resolve, reject) => {
    const call = request(url + path, options, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({ status: response.statusCode ?? 0, text, ms: performance.now() - startedAt })
      })
    })
    call.on('error', reject)
    call.end(body)
  })
}

/** One request that must be answered with 200. @returns milliseconds */
export async function timeOf(url: string, path: string, body?: string, agent?: Agent): Promise<number> {
  const { status, text, ms } = await ask(url, path, body, agent)
  if (status !== 200) throw new Error(`${path} must answer 200; it answers ${status} ${text.slice(0, 500)}`)
  return ms
}
