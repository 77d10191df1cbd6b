import { messageOf } from '@htx/core'
import OpenAI from 'openai'
import type { Settings } from './settings.ts'

/** Tokens of one or several requests. */
export interface Usage {
  requests: number
  inputTokens: number
  outputTokens: number
}

/** A server that asks for more patience than this will not be ready before Label Studio gives up. */
const longestWaitSeconds = 30

/** How often an answer that cannot be read is asked for again. */
const corrections = 1

export interface Question {
  readonly message: string
  readonly schema: Readonly<Record<string, unknown>>
  readonly signal: AbortSignal
  readonly usage: Usage
}

export type Ask = <Answer>(question: Question, read: (content: string) => Answer) => Promise<Answer>

/** Opens a client of an API that speaks as OpenAI's does. It retries by itself, and waits as `Retry-After` says. */
export function openApi(settings: Settings): Ask {
  const { baseUrl: baseURL, apiKey, timeoutMs: timeout, retries: maxRetries } = settings
  const client = new OpenAI({ baseURL, apiKey, timeout, maxRetries, fetch: fetchPatiently, logLevel: 'off' })

  return async (question, read) => {
    const { signal } = question
    const messages = firstMessages(question, settings)
    for (let left = corrections; ; left -= 1) {
      const content = await abortable(complete(messages, question), signal)
      try {
        return read(content)
      } catch (error) {
        const problem = messageOf(error)
        if (left === 0) throw new Error(`the model's answer cannot be used: ${problem}`, { cause: error })
        messages.push(
          { role: 'assistant', content },
          { role: 'user', content: `That does not fit: ${problem}. Answer again, with JSON only.` },
        )
      }
    }
  }

  async function complete(messages: OpenAI.ChatCompletionMessageParam[], question: Question): Promise<string> {
    const { schema, signal, usage } = question
    const { model, temperature } = settings
    usage.requests += 1
    const completion = await client.chat.completions.create(
      {
        model,
        messages,
        ...(temperature === undefined ? {} : { temperature }),
        ...formatFor(schema, settings),
      },
      { signal },
    )
    usage.inputTokens += completion.usage?.prompt_tokens ?? 0
    usage.outputTokens += completion.usage?.completion_tokens ?? 0
    const [choice] = completion.choices ?? []
    if (choice?.message.refusal) throw new Error(`the model refuses: ${choice.message.refusal}`)
    if (choice?.finish_reason === 'content_filter') throw new Error("the API's filter held the answer back")
    return choice?.message.content ?? ''
  }
}

function firstMessages({ message, schema }: Question, { format }: Settings): OpenAI.ChatCompletionMessageParam[] {
  const rules = 'You annotate data. Answer with one JSON object and nothing else.'
  const told = format === 'json_schema' ? '' : ` It must fit this JSON Schema: ${JSON.stringify(schema)}`
  return [
    { role: 'system', content: `${rules}${told}` },
    { role: 'user', content: message },
  ]
}

function formatFor(
  schema: Question['schema'],
  { format }: Settings,
): Pick<OpenAI.ChatCompletionCreateParamsNonStreaming, 'response_format'> {
  if (format === 'text') return {}
  if (format === 'json_object') return { response_format: { type: 'json_object' } }
  return { response_format: { type: 'json_schema', json_schema: { name: 'annotation', strict: true, schema } } }
}

/** Says at once when the server asks for a wait that nobody would sit out. */
async function fetchPatiently(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init)
  if (!(Number(response.headers.get('retry-after')) > longestWaitSeconds)) return response
  const headers = new Headers(response.headers)
  headers.set('x-should-retry', 'false')
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}

/** The client does not end its waits between two tries when the signal aborts. */
async function abortable<Answer>(answer: Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([answer, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
