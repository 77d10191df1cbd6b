import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { type ErrorCode, errorCodes, errorKinds } from '@htx/core'
import { labelConfig } from '../../support/model-server.ts'
import { type Answer, ask } from './ask.ts'

export interface LoadSettings {
  /** Of a server with the model `echo.ts`. */
  readonly url: string
  /** Requests under way at a time. Default: 8. */
  readonly clients?: number
  /** Pause of a client between an answer and its next request, milliseconds. Default: 10. */
  readonly pauseMs?: number
  /** What each task has the model do, such as `pause 20`. Default: `echo`. */
  readonly command?: string
  /** False: single tasks only. Default: batches of up to 20 tasks and interactive requests, too. */
  readonly isMixed?: boolean
  /** Whether the server may be away now: connections that are refused or break off are counted then, else they are defects. Default: never. */
  readonly mayBeAway?: () => boolean
}

/** What came of the requests: each is in one of the counts. */
export interface Tally {
  asked: number
  right: number
  /** With 429, 503 or 504 by the table of errors, and a retry-after where it promises one. */
  readonly refused: Map<ErrorCode, number>
  /** Requests whose connections were refused while the server could be away: it never heard of them. */
  unconnected: number
  /** Texts of the tasks of requests whose connections broke off while the server could be away. */
  readonly unanswered: string[]
  /** Anything else, in words. */
  readonly defects: string[]
  /** Of the right answers, milliseconds. */
  readonly latenciesMs: number[]
}

export interface SteadyLoad {
  readonly tally: Tally
  /** Resolves when so many more answers were right. */
  goesOn(answers?: number): Promise<void>
  /** Asks nothing more, and waits for what was asked. */
  stop(): Promise<Tally>
}

const projects = ['12', '34', '56']
/** Refusals that a client may get without any fault of its request. */
const refusals: readonly ErrorCode[] = [
  'HTX_QUEUE_FULL',
  'HTX_NOT_READY',
  'HTX_DRAINING',
  'HTX_VERSION_UNAVAILABLE',
  'HTX_DEADLINE_EXCEEDED',
]
const withRetryAfter: readonly ErrorCode[] = ['HTX_QUEUE_FULL', 'HTX_NOT_READY', 'HTX_DRAINING']

/** Clients that ask a server for predictions until they are stopped, every other one on new connections only, and check each answer. */
export function startLoad(settings: LoadSettings): SteadyLoad {
  const { clients = 8, pauseMs = 10, command = 'echo', isMixed = true, mayBeAway = () => false } = settings
  const tally: Tally = {
    asked: 0,
    right: 0,
    refused: new Map(),
    unconnected: 0,
    unanswered: [],
    defects: [],
    latenciesMs: [],
  }
  const agents = [new Agent({ keepAlive: true, maxSockets: clients }), new Agent({ keepAlive: false })] as const
  const waiting = new Set<() => void>()
  let isStopped = false
  const running = Promise.all(Array.from({ length: clients }, (_, client) => keepAsking(client)))
  return {
    tally,
    goesOn(answers = 50) {
      const wanted = tally.right + answers
      return new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`no ${answers} right answers within 60 s: ${describe(tally)}`)),
          60_000,
        )
        const look = () => {
          if (tally.right < wanted) return
          clearTimeout(timer)
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      })
    },
    async stop() {
      isStopped = true
      await running
      for (const agent of agents) agent.destroy()
      return tally
    },
  }

  async function keepAsking(client: number): Promise<void> {
    for (let turn = 0; !isStopped; turn += 1) {
      await askOnce(client, turn)
      await pause(pauseMs)
    }
  }

  async function askOnce(client: number, turn: number): Promise<void> {
    const question = questionOf(command, client, turn, isMixed)
    const startedAt = performance.now()
    tally.asked += 1
    try {
      const answer = await ask(`${settings.url}/predict`, question.body, { agent: agents[client % 2] as Agent })
      if (answer.status !== 200) return countRefusal(answer, tally)
      checkAnswer(question, answer)
      tally.right += 1
      tally.latenciesMs.push(performance.now() - startedAt)
      for (const look of waiting) look()
    } catch (error) {
      const isConnection =
        !(error instanceof assert.AssertionError) && (error as { code?: string }).code !== 'NO_ANSWER'
      if (isConnection && mayBeAway()) await countAway(error, question, tally)
      else tally.defects.push(`${question.texts[0]}: ${error}`)
    }
  }
}

const refusedCodes = ['ECONNREFUSED', 'ConnectionRefused']
/** Nobody listens: there is no use in asking a hundred times a second. Milliseconds. */
const awayPauseMs = 100

async function countAway(error: unknown, { texts }: Question, tally: Tally): Promise<void> {
  if (!refusedCodes.includes((error as { code?: string }).code ?? '')) tally.unanswered.push(...texts)
  else {
    tally.unconnected += 1
    await pause(awayPauseMs)
  }
}

interface Question {
  readonly body: string
  readonly project: string
  readonly texts: readonly string[]
}

function questionOf(command: string, client: number, turn: number, isMixed: boolean): Question {
  const kind = isMixed ? (client + turn) % 10 : 0
  const tasks = kind < 6 ? 1 : kind < 9 ? 2 + ((turn * 7) % 19) : 1
  const project = projects[(client + turn) % projects.length] as string
  // Of different lengths: cuts that are off by some bytes show.
  const filling = '·'.repeat((turn * 13) % 40)
  const texts = Array.from({ length: tasks }, (_, place) => `${command} ${client}-${turn}-${place} ${filling}`)
  const body = JSON.stringify({
    tasks: texts.map((text, id) => ({ id, data: { text } })),
    project: `${project}.1700000000`,
    label_config: labelConfig,
    params: { context: kind === 9 ? { result: [] } : null },
  })
  return { body, project, texts }
}

interface EchoedAnswer {
  readonly model_version: string
  readonly results: readonly {
    readonly model_version: string
    readonly result: readonly { readonly meta: { readonly echo: string; readonly project: string } }[]
  }[]
}

/** @throws AssertionError when it is not the answer to this very question */
function checkAnswer({ texts, project }: Question, answer: Answer): void {
  const { results, model_version } = JSON.parse(answer.text) as EchoedAnswer
  const echoed = results.map(({ result }) => result?.[0]?.meta.echo)
  assert.deepEqual(echoed, texts, `echoed ${JSON.stringify(echoed)}`)
  for (const prediction of results) {
    assert.equal(prediction.model_version, model_version)
    assert.equal(prediction.result[0]?.meta.project, project)
  }
}

function countRefusal({ status, headers, text }: Answer, { refused, defects }: Tally): void {
  const { code } = JSON.parse(text) as { code: ErrorCode }
  const isByTheRules = refusals.includes(code) && status === statusOf(code)
  if (!isByTheRules) defects.push(`${status} ${text}`)
  else if (withRetryAfter.includes(code) && headers['retry-after'] === undefined)
    defects.push(`${status} without retry-after: ${text}`)
  else refused.set(code, (refused.get(code) ?? 0) + 1)
}

function statusOf(code: ErrorCode): number {
  const facts: { kind: keyof typeof errorKinds; status?: number } = errorCodes[code]
  return facts.status ?? errorKinds[facts.kind].status
}

export function describe({ asked, right, refused, unconnected, unanswered, defects }: Tally): string {
  const refusals = [...refused].map(([code, count]) => `${count} ${code}`).join(', ') || 'none'
  return `${asked} asked, ${right} right, refused ${refusals}, ${unconnected} unconnected, ${unanswered.length} tasks unanswered, ${defects.length} defects: ${defects.slice(0, 5).join(' · ')}`
}

/** Every request was answered right or refused by the rules. */
export function assertNothingLost(tally: Tally): void {
  assert.deepEqual(tally.defects.slice(0, 5), [], describe(tally))
  assert.ok(tally.right > 0, describe(tally))
}

/** Has a fault come while a load goes on, and sees that nothing is lost and that it goes on after. */
export async function underLoad(
  settings: LoadSettings,
  provoke: (load: SteadyLoad) => Promise<unknown>,
): Promise<Tally> {
  const load = startLoad(settings)
  try {
    await load.goesOn()
    await provoke(load)
    await load.goesOn()
  } finally {
    await load.stop()
  }
  assertNothingLost(load.tally)
  return load.tally
}
