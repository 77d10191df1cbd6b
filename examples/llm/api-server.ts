/**
 * A server that speaks as OpenAI's chat completions do, for the test: a process of its own. What it does depends on the word in
 * brackets in the first question; it prints its port when it listens. `GET /log` tells what it was asked.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

interface ChatRequest {
  readonly model: string
  readonly messages: readonly { readonly role: string; readonly content: string }[]
  readonly response_format?: { readonly json_schema?: { readonly schema: Schema } }
}

interface Schema {
  readonly properties: Readonly<Record<string, Property>>
}

interface Property {
  readonly enum?: readonly string[]
  readonly items?: { readonly enum: readonly string[] }
}

interface Reply {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

const log: { authorization: string | undefined; body: ChatRequest }[] = []
const asked = new Map<string, number>()
/** Requests that wait until three are there. */
const together: (() => void)[] = []
let open = 0
let mostOpen = 0

const server = createServer((request, response) => {
  if (request.url === '/log') {
    send(response, { status: 200, body: { log, mostOpen } })
    return
  }
  open += 1
  mostOpen = Math.max(mostOpen, open)
  response.on('close', () => {
    open -= 1
  })
  const pieces: Buffer[] = []
  request.on('data', piece => pieces.push(piece))
  request.on('end', () => {
    const body: ChatRequest = JSON.parse(Buffer.concat(pieces).toString())
    log.push({ authorization: request.headers.authorization, body })
    const question = body.messages.find(({ role }) => role === 'user')?.content ?? ''
    const [, word = ''] = /\[(.+?)\]/.exec(question) ?? []
    const times = (asked.get(question) ?? 0) + 1
    asked.set(question, times)
    if (word === 'silent') return
    const reply =
      request.url === '/v1/chat/completions' ? replyTo(word, times, body, question) : fault(404, 'no such route')
    if (word !== 'together') {
      send(response, reply)
      return
    }
    together.push(() => send(response, reply))
    if (together.length === 3) for (const go of together.splice(0)) go()
  })
})

function replyTo(word: string, times: number, body: ChatRequest, question: string): Reply {
  const right = JSON.stringify(rightAnswer(body, question))
  switch (word) {
    case 'busy':
      return times > 1 ? says(right) : fault(429, 'too many requests', { 'retry-after': '1' })
    case 'shaky':
      return times > 2 ? says(right) : fault(503, 'overloaded')
    case 'wait':
      return fault(429, 'slow down', { 'retry-after': '3' })
    case 'tomorrow':
      return fault(429, 'daily limit reached', { 'retry-after': '3600' })
    case 'key':
      return fault(401, 'wrong API key')
    case 'refuse':
      return says(null, 'I cannot help with that.')
    case 'broken':
      return says(right.slice(0, -4))
    case 'broken once':
      return says(times === 1 ? 'Sure! It is sarcastic.' : right)
    case 'fenced':
      return says(`Here it is:\n\`\`\`json\n${right.replace('Friendly', 'FRIENDLY')}\n\`\`\``)
    case 'other':
      return says(right.replace('Sarcastic', 'Ironic'))
    default:
      return says(right)
  }
}

/** The choices that the question names, else the first; texts tell how the question began. */
function rightAnswer({ response_format, messages }: ChatRequest, question: string): Record<string, unknown> {
  const told = /JSON Schema: (.*)$/.exec(messages[0]?.content ?? '')?.[1] ?? '{"properties":{}}'
  const { properties }: Schema = response_format?.json_schema?.schema ?? JSON.parse(told)
  const named = (choices: readonly string[]) =>
    choices.filter(choice => question.includes(`so ${choice.toLowerCase()}`))
  const answerFor = ({ enum: choices, items }: Property) => {
    if (items !== undefined) return named(items.enum)
    return choices === undefined ? `Asked: ${question.split('\n')[0]}` : (named(choices)[0] ?? choices[0])
  }
  return Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, answerFor(property)]))
}

function says(content: string | null, refusal: string | null = null): Reply {
  return {
    status: 200,
    body: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: 'small-1',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content, refusal } }],
      usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
    },
  }
}

function fault(status: number, message: string, headers: Record<string, string> = {}): Reply {
  return { status, body: { error: { message } }, headers }
}

function send(response: ServerResponse, { status, body, headers }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
