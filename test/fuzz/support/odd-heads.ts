import { deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'

/** A request line and headers, and what they make of the body. */
export interface Head {
  method: string
  target: string
  headers: [name: string, value: string][]
  body: Buffer
}

/** Changes that leave it a request that any server of HTTP reads. */
const headChanges: Readonly<Record<string, (head: Head) => void>> = {
  'no change': () => {},
  'no content type': head => setHeader(head, 'content-type', undefined),
  'an empty content type': head => setHeader(head, 'content-type', ''),
  'plain text': head => setHeader(head, 'content-type', 'text/plain'),
  'a form': head => setHeader(head, 'content-type', 'application/x-www-form-urlencoded'),
  'a form with parts': head => setHeader(head, 'content-type', 'multipart/form-data; boundary=---x'),
  'another character set': head => setHeader(head, 'content-type', 'application/json; charset=utf-16'),
  'no media type': head => setHeader(head, 'content-type', ';;;=,"'),
  'two content types': head => head.headers.push(['content-type', 'text/html']),
  'a long content type': head => setHeader(head, 'content-type', `application/json;${'a=b;'.repeat(1_000)}`),
  'gzip that is gzip': head => encode(head, 'gzip', gzipSync(head.body)),
  'gzip that is none': head => encode(head, 'gzip', head.body),
  'deflate that is deflate': head => encode(head, 'deflate', deflateSync(head.body)),
  'an unknown encoding': head => encode(head, 'snappy, br', head.body),
  identity: head => encode(head, 'identity', head.body),
  'Label Studio 0.5': head => setHeader(head, 'user-agent', 'label-studio/0.5.1'),
  'Label Studio 1.0': head => setHeader(head, 'user-agent', 'heartex/1.0.2'),
  'Label Studio 1.8': head => setHeader(head, 'user-agent', 'heartex/1.8.2'),
  'Label Studio of the future': head => setHeader(head, 'user-agent', `heartex/${'9'.repeat(400)}.${'9'.repeat(400)}`),
  'no user agent': head => setHeader(head, 'user-agent', undefined),
  'bytes in a header': head => setHeader(head, 'user-agent', 'heartex/1.23 \u00ff\u0080'),
  'a hundred headers': head =>
    head.headers.push(...Array.from({ length: 100 }, (_, i): [string, string] => [`x-${i}`, 'y'])),
  'a header called __proto__': head => head.headers.push(['__proto__', 'x'], ['constructor', 'y']),
  'credentials that nobody asked for': head =>
    head.headers.push(['authorization', 'Basic \u00ff=='], ['cookie', 'a=b;;=']),
  'another method in a header': head => head.headers.push(['x-http-method-override', 'DELETE']),
  'a range and conditions': head =>
    head.headers.push(['range', 'bytes=5-1'], ['if-none-match', '*'], ['if-match', '"x"']),
  'a host that is none': head => setHeader(head, 'host', 'a b@[::]:99999999'),
  'forwarded by many': head =>
    head.headers.push(['x-forwarded-for', '1.2.3.4, '.repeat(200)], ['forwarded', 'for="[::1]"']),
  'waits for 100': head => head.headers.push(['expect', '100-continue']),
  GET: head => setMethod(head, 'GET'),
  HEAD: head => setMethod(head, 'HEAD'),
  PUT: head => setMethod(head, 'PUT'),
  PATCH: head => setMethod(head, 'PATCH'),
  DELETE: head => setMethod(head, 'DELETE'),
  OPTIONS: head => setMethod(head, 'OPTIONS'),
  TRACE: head => setMethod(head, 'TRACE'),
  PROPFIND: head => setMethod(head, 'PROPFIND'),
  'a slash at the end': head => setTarget(head, `${head.target}/`),
  'two slashes': head => setTarget(head, `/${head.target}`),
  'an escaped letter': head => setTarget(head, head.target.replace('p', '%70')),
  'an escape that is none': head => setTarget(head, `${head.target}%zz`),
  'an escape cut off': head => setTarget(head, `${head.target}%e`),
  'an escape that is no UTF-8': head => setTarget(head, `${head.target}/%c0%af%ff`),
  'an escaped NUL': head => setTarget(head, `${head.target}%00`),
  'a way up': head => setTarget(head, `/..${head.target}/../../etc/passwd`),
  'a long path': head => setTarget(head, `${head.target}/${'a'.repeat(7_000)}`),
  'upper case': head => setTarget(head, head.target.toUpperCase()),
  'an empty query': head => setTarget(head, `${head.target}?`),
  'a query twice': head => setTarget(head, `${head.target}?project=1&project=2&project=3`),
  'a query of an object': head => setTarget(head, `${head.target}?project[__proto__]=1&__proto__[a]=1&constructor=2`),
  'a query that is no UTF-8': head => setTarget(head, `${head.target}?project=%ff%fe&project=%zz`),
  'a thousand questions': head => setTarget(head, `${head.target}?${'a=b&'.repeat(1_000)}`),
  'a whole URL': head => setTarget(head, `http://127.0.0.1:1${head.target}`),
  'a fragment': head => setTarget(head, `${head.target}#tasks`),
}

/** Names of changes: most requests have an ordinary head. */
export const headChange = fc.oneof(
  { weight: 2, arbitrary: fc.constant('no change') },
  { weight: 1, arbitrary: fc.constantFrom(...Object.keys(headChanges)) },
)

export function changeHead(head: Head, change: string): void {
  headChanges[change]?.(head)
}

function setHeader(head: Head, name: string, value: string | undefined): void {
  head.headers = head.headers.filter(([other]) => other !== name)
  if (value !== undefined) head.headers.push([name, value])
}

function encode(head: Head, encoding: string, body: Buffer): void {
  head.headers.push(['content-encoding', encoding])
  head.body = body
}

function setMethod(head: Head, method: string): void {
  head.method = method
}

function setTarget(head: Head, target: string): void {
  head.target = target
}

/** How the body is sent. */
export const framings = ['a length', 'chunks', 'chunks of a byte', 'chunks with extensions and trailers'] as const
export type Framing = (typeof framings)[number]

/** Ways to send that are wrong: what comes of them is HTTP's business, as long as the server lives. */
export const brokenFramings = [
  'a length that is too long',
  'a length that is too short',
  'a length below zero',
  'a length that is no number',
  'two lengths',
  'a length and chunks',
  'no length',
  'chunks without an end',
  'chunks of a size that is none',
  'a chunk of more than there is memory',
  'chunked twice',
  'a header without a colon',
  'a line feed in a header',
  'a space before the colon',
  'NUL in a header',
  'headers of 100 KB',
  'HTTP/9.9',
  'no such method',
  'a path with spaces',
  'no path',
  'cut off in its head',
  'TLS',
] as const
export type BrokenFraming = (typeof brokenFramings)[number]

export function frame({ method, target, headers, body }: Head, framing: Framing): Buffer[] {
  if (framing === 'a length') {
    // GET and its like carry a body here, too, where one was recorded.
    const length: [string, string][] =
      body.length === 0 && method !== 'POST' ? [] : [['content-length', String(body.length)]]
    return [headOf(method, target, [...headers, ...length]), body]
  }
  const extra = framing === 'chunks with extensions and trailers' ? ';name="a;b"' : ''
  const size = framing === 'chunks of a byte' ? Math.max(1, Math.floor(body.length / 50)) : 10_000
  const parts = [headOf(method, target, [...headers, ['transfer-encoding', 'chunked']])]
  for (let at = 0; at < body.length; at += size) parts.push(chunk(body.subarray(at, at + size), extra))
  return [...parts, Buffer.from(extra === '' ? '0\r\n\r\n' : '0\r\nx-trailer: 1\r\n\r\n')]
}

export function breakFrame({ method, target, headers, body }: Head, framing: BrokenFraming): Buffer[] {
  const length = body.length
  const withLength = (value: number | string, extra: [string, string][] = []) => [
    headOf(method, target, [...headers, ['content-length', String(value)], ...extra]),
    body,
  ]
  const chunked = (more: Buffer, extra: [string, string][] = [['transfer-encoding', 'chunked']]) => [
    headOf(method, target, [...headers, ...extra]),
    more,
  ]
  const raw = (head: string) => [Buffer.from(`${head}\r\nhost: a\r\ncontent-length: ${length}\r\n\r\n`, 'latin1'), body]
  switch (framing) {
    case 'a length that is too long':
      return withLength(length + 100)
    case 'a length that is too short':
      return withLength(Math.floor(length / 2))
    case 'a length below zero':
      return withLength(-1)
    case 'a length that is no number':
      return withLength('1e3')
    case 'two lengths':
      return withLength(length, [['content-length', String(length + 1)]])
    case 'a length and chunks':
      return [...withLength(length, [['transfer-encoding', 'chunked']]), Buffer.from('0\r\n\r\n')]
    case 'no length':
      return chunked(body, [])
    case 'chunks without an end':
      return chunked(chunk(body, ''))
    case 'chunks of a size that is none':
      return chunked(Buffer.from('xyz\r\nabc\r\n0\r\n\r\n'))
    case 'a chunk of more than there is memory':
      return chunked(Buffer.from('ffffffffffffffff\r\nabc'))
    case 'chunked twice':
      return chunked(chunk(body, ''), [['transfer-encoding', 'gzip, chunked, chunked']])
    case 'a header without a colon':
      return raw(`${method} ${target} HTTP/1.1\r\nnothing`)
    case 'a line feed in a header':
      return raw(`${method} ${target} HTTP/1.1\r\nx: a\nb: c\rd`)
    case 'a space before the colon':
      return raw(`${method} ${target} HTTP/1.1\r\ntransfer-encoding : chunked`)
    case 'NUL in a header':
      return raw(`${method} ${target} HTTP/1.1\r\nx: a\u0000b`)
    case 'headers of 100 KB':
      return raw(`${method} ${target} HTTP/1.1\r\nx: ${'a'.repeat(100_000)}`)
    case 'HTTP/9.9':
      return raw(`${method} ${target} HTTP/9.9`)
    case 'no such method':
      return raw(`PREDICT ${target} HTTP/1.1`)
    case 'a path with spaces':
      return raw(`${method} ${target} and more HTTP/1.1`)
    case 'no path':
      return raw(`${method}  HTTP/1.1`)
    case 'cut off in its head':
      return [Buffer.from(`${method} ${target} HTTP/1.1\r\nhost: a\r\ncontent-le`)]
    case 'TLS':
      return [Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03])]
  }
}

function headOf(method: string, target: string, headers: readonly [string, string][]): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1')
}

function chunk(part: Uint8Array, extra: string): Buffer {
  return Buffer.concat([Buffer.from(`${part.length.toString(16)}${extra}\r\n`), part, Buffer.from('\r\n')])
}
