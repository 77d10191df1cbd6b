/** How the API is asked: `--set name=value` or `--config`, where there is none the environment. */
export interface Settings {
  /** Option `model`, or OPENAI_MODEL. */
  readonly model: string
  /** Option `baseUrl`, or OPENAI_BASE_URL. Default: OpenAI's. */
  readonly baseUrl: string
  /** OPENAI_API_KEY only: options can be read in lists of processes. */
  readonly apiKey: string
  /** What to do with a text when nobody types a prompt. May hold `{labels}` and `{key}` of the task's data. */
  readonly prompt: string
  /** What is sent: `{prompt}`, `{text}`, `{labels}` and `{key}` of the task's data stand for what they name. */
  readonly template: string
  /** The `<TextArea>` whose name begins so is where people type prompts. */
  readonly promptPrefix: string
  /** How an answer is asked for: `json_schema`; for APIs without it `json_object`, or `text`, where the schema is told in words. */
  readonly format: AnswerFormat
  /** Undefined: the API's own. */
  readonly temperature: number | undefined
  /** Most requests under way, a worker. */
  readonly concurrency: number
  /** Longest wait for one answer. */
  readonly timeoutMs: number
  /** How often a request is made again after 408, 409, 429, 5xx or a lost connection. */
  readonly retries: number
  /** Price of a million tokens, for the log; 0: not told. */
  readonly inputPrice: number
  readonly outputPrice: number
}

const formats = ['json_schema', 'json_object', 'text'] as const
export type AnswerFormat = (typeof formats)[number]

const openAi = 'https://api.openai.com/v1'
const defaultPrompt = 'Fill in what is asked for about the text.'
const defaultTemplate = '{prompt}\n\nText:\n"""\n{text}\n"""'

/** Checks the options. @throws Error that says what is missing */
export function readSettings(
  options: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Settings {
  const text = (name: string, fallback: string) => String(options[name] ?? fallback)
  const number = (name: string, fallback: number, least: number) => {
    const value = Number(options[name] ?? fallback)
    if (!(value >= least)) throw new Error(`option ${name}: expected a number from ${least} on, got ${options[name]}`)
    return value
  }
  // An empty variable is none.
  const model = text('model', environment.OPENAI_MODEL || '')
  if (model === '') throw new Error('no model is named: --set model=… or OPENAI_MODEL, such as gpt-4o-mini or llama3.2')
  const baseUrl = text('baseUrl', environment.OPENAI_BASE_URL || openAi)
  const apiKey = environment.OPENAI_API_KEY || ''
  if (apiKey === '' && baseUrl === openAi) {
    throw new Error(
      'OPENAI_API_KEY is not set; for an API without keys name it: --set baseUrl=http://localhost:11434/v1',
    )
  }
  const format = formats.find(known => known === text('format', 'json_schema'))
  if (format === undefined) throw new Error(`option format: expected ${formats.join(', ')}, got ${options.format}`)
  return Object.freeze({
    model,
    baseUrl,
    // The client wants one; servers without keys do not look at it.
    apiKey: apiKey === '' ? 'none' : apiKey,
    prompt: text('prompt', defaultPrompt),
    template: text('template', defaultTemplate),
    promptPrefix: text('promptPrefix', 'prompt'),
    format,
    temperature: options.temperature === undefined ? undefined : number('temperature', 0, 0),
    concurrency: number('concurrency', 4, 1),
    timeoutMs: 1000 * number('timeoutSeconds', 30, 0.1),
    retries: number('retries', 4, 0),
    inputPrice: number('inputPrice', 0, 0),
    outputPrice: number('outputPrice', 0, 0),
  })
}
