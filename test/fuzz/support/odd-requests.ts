import fc from 'fast-check'
import { type Exchange, generations, recordings } from '../../support/fixtures.ts'
import { bytesChange, valueChange, writeOddBytes, writeOddJson } from './odd-bodies.ts'
import {
  breakFrame,
  brokenFramings,
  changeHead,
  type Framing,
  frame,
  framings,
  type Head,
  headChange,
} from './odd-heads.ts'
import type { RawRequest } from './raw-http.ts'

/** A request as it is sent. */
export interface WrittenRequest extends RawRequest {
  readonly target: string
  /** False when it is no HTTP, or not all of it. */
  readonly isWhole: boolean
  readonly bodyBytes: number
}

type Recorded = Pick<Exchange, 'method' | 'path' | 'headers' | 'body'>

/** Our own routes, which no Label Studio asks. */
const ours: readonly Recorded[] = [
  { path: '/', method: 'GET' },
  { path: '/livez', method: 'GET' },
  { path: '/readyz?verbose', method: 'GET' },
  { path: '/metrics', method: 'GET' },
  { path: '/openapi.json', method: 'GET' },
  { path: '/api/models', method: 'GET' },
  { path: '/api/versions', method: 'GET' },
  { path: '/api/versions/12/v1', method: 'GET' },
  { path: '/api/versions/..%2f..%2fetc/passwd', method: 'GET' },
  { path: '/api/versions/%2e%2e/%2e%2e', method: 'GET' },
  { path: '/api/versions/12/%00', method: 'DELETE' },
  { path: '/api/versions/12/v1/activate', method: 'POST' },
  { path: '/api/versions/12/..%2f..%2f..%2fx/pin', method: 'POST' },
  { path: '/api/versions/%ed%a0%80/v1/unpin', method: 'POST' },
  { path: `/api/versions/12/${'v'.repeat(90)}`, method: 'DELETE' },
  { path: '/api/jobs?limit=1e400&project=12', method: 'GET' },
  { path: '/api/jobs?limit=10&limit=20', method: 'GET' },
  { path: '/api/jobs?limit=1&project=1&project=2', method: 'GET' },
  { path: '/api/jobs/no-such-job', method: 'GET' },
  { path: '/api/jobs/%00', method: 'GET' },
  { path: '/api/jobs/..%2f..%2fhtx.sqlite/log?follow', method: 'GET' },
  { path: "/api/jobs/' OR 1=1 --/cancel".replaceAll(' ', '%20'), method: 'POST' },
  { path: '/api/jobs', method: 'POST', body: { project: '12', fetch: true, params: { epochs: 1 } } },
  { path: '/versions', method: 'POST', body: { project: '12' } },
  { path: '/is_training?project=12', method: 'GET' },
].map(exchange => ({ headers: {}, ...exchange }))

/** Every request that a Label Studio was seen to send, and ours. */
const recorded: readonly Recorded[] = [
  ...generations.flatMap(generation => [...recordings(generation).values()].flat()),
  ...ours,
]
/** Requests of a route that is seldom asked come as often as those of others. */
const routes = Object.values(groupByRoute(recorded))

function groupByRoute(requests: readonly Recorded[]): Record<string, Recorded[]> {
  const groups: Record<string, Recorded[]> = {}
  for (const request of requests) {
    const route = `${request.method} ${request.path.split('?')[0]}`
    groups[route] = [...(groups[route] ?? []), request]
  }
  return groups
}

export const oddRequest = fc.record(
  {
    route: fc.nat(routes.length - 1),
    recorded: fc.nat(1_000),
    changes: fc.array(valueChange, { maxLength: 4 }),
    bytes: bytesChange,
    head: headChange,
    framing: fc.oneof(
      { weight: 12, arbitrary: fc.constant<Framing>('a length') },
      { weight: 3, arbitrary: fc.constantFrom(...framings) },
      { weight: 1, arbitrary: fc.constantFrom(...brokenFramings) },
    ),
  },
  { noNullPrototype: true },
)
export type OddRequest = typeof oddRequest extends fc.Arbitrary<infer T> ? T : never

export function writeRequest(odd: OddRequest): WrittenRequest {
  const exchanges = routes[odd.route] as readonly Recorded[]
  const { method, path, headers, body } = exchanges[odd.recorded % exchanges.length] as Recorded
  const head: Head = {
    method,
    target: path,
    headers: [['host', '127.0.0.1'], ...Object.entries(headers).filter(([name]) => keptHeaders.has(name))],
    body: body === undefined ? Buffer.alloc(0) : writeOddBytes(writeOddJson(body, odd.changes), odd.bytes),
  }
  changeHead(head, odd.head)
  const isWhole = isFraming(odd.framing)
  const bytes = isWhole ? frame(head, odd.framing as Framing) : breakFrame(head, odd.framing as never)
  return { bytes, method: head.method, target: head.target, isWhole, bodyBytes: head.body.length }
}

const keptHeaders = new Set(['user-agent', 'content-type', 'accept', 'accept-encoding', 'authorization'])

function isFraming(framing: string): framing is Framing {
  return (framings as readonly string[]).includes(framing)
}
