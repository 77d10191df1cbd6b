import { messageOf } from '@htx/core'

/** Beyond Label Studio's limit we wait on, to say how long it would have taken. Milliseconds. */
const patienceMs = 10_000

export interface BasicAuth {
  readonly user: string
  readonly password: string
}

export interface BackendCall {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: unknown
  /** How long Label Studio waits, milliseconds. */
  readonly limitMs: number
  /** Which part of Label Studio asks: its client of backends, or what sends events. */
  readonly userAgent: string
  readonly basicAuth?: BasicAuth | undefined
}

/** What came back. */
export interface BackendAnswer {
  readonly tookMs: number
  readonly limitMs: number
  /** Why Label Studio would take it for a failure; undefined when it would not. */
  readonly failure: string | undefined
  /** Undefined without an answer. */
  readonly status: number | undefined
  readonly body: unknown
}

/** Asks a backend as Label Studio does: a time limit, JSON both ways, and everything from 400 on is a failure. */
export async function askBackend(base: string, call: BackendCall): Promise<BackendAnswer> {
  const { limitMs } = call
  const startedAt = performance.now()
  const tookMs = () => performance.now() - startedAt
  try {
    const response = await fetch(new URL(call.path, base.endsWith('/') ? base : `${base}/`), request(call))
    const text = await response.text()
    const answered = { tookMs: tookMs(), limitMs, status: response.status }
    const { body, failure } = readAnswer(response, text)
    const late = answered.tookMs > limitMs ? `Label Studio gives up after ${limitMs / 1000} s` : undefined
    return { ...answered, body, failure: failure ?? late }
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError'
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const failure = timedOut ? `no answer; Label Studio gives up after ${limitMs / 1000} s` : messageOf(cause)
    return { tookMs: tookMs(), limitMs, failure, status: undefined, body: undefined }
  }
}

function request({ method, body, limitMs, userAgent, basicAuth }: BackendCall): RequestInit {
  const headers: Record<string, string> = { 'user-agent': userAgent, accept: '*/*' }
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (basicAuth !== undefined) {
    const { user, password } = basicAuth
    headers.authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  }
  const signal = AbortSignal.timeout(limitMs + patienceMs)
  return body === undefined ? { method, headers, signal } : { method, headers, signal, body: JSON.stringify(body) }
}

function readAnswer({ status, statusText }: Response, text: string): { body: unknown; failure: string | undefined } {
  if (status >= 400) return { body: text, failure: `${status} ${statusText}${detailOf(statusText, text)}` }
  if (isHtml(text)) return { body: text, failure: `${status}, but a web page (HTML)` }
  try {
    return { body: JSON.parse(text), failure: undefined }
  } catch {
    return { body: text, failure: `${status}, but no JSON: ${shorten(text)}` }
  }
}

/** A page for people, as web servers answer. */
export function isHtml(body: unknown): boolean {
  return typeof body === 'string' && /^\s*<(!doctype|html|head|body)\b/i.test(body)
}

/** Label Studio shows the status line only; here the body helps, when it says more. */
function detailOf(statusText: string, text: string): string {
  if (isHtml(text)) return ''
  return text === '' || (statusText !== '' && text.includes(statusText)) ? '' : ` (${shorten(text)})`
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > 300 ? `${line.slice(0, 299)}…` : line
}
