import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import {
  BaseModel,
  choices,
  initialVersion,
  type LoadContext,
  type ModelTask,
  type PredictContext,
  type TaskPredictions,
} from '@htx/core'

type OnLoad = 'throw' | 'exit' | 'spin' | 'hang' | 'fill'

interface Resources {
  onLoad: OnLoad
  /** Each worker that loads it takes so long. */
  loadMs: number
  /** Memory that a loaded version holds, so that one that is not let go shows. */
  megabytes: number
}

/** While this file exists the module cannot be imported. */
const brokenFile = process.env.ECHO_BROKEN_FILE
if (brokenFile !== undefined && existsSync(brokenFile)) throw new Error('the module is broken')

/** Gets the text of each task that a worker has begun. */
const seenFile = process.env.ECHO_SEEN_FILE

/** What the untrained model does in `load`: no manifest says that. */
const initialOnLoad = process.env.ECHO_INITIAL_ON_LOAD as OnLoad | undefined

const leaked: unknown[] = []

/**
 * Echoes the text and the project of each task, so that a mixed-up answer is found. The first word of a text says what to do before: the tests' way to
 * provoke faults beside a steady load.
 */
export default class Echo extends BaseModel<Resources, [text: string]> {
  static override readonly inputTypes = ['Text']
  static override readonly outputTypes = ['Choices']
  static override readonly requiresTraining = process.env.ECHO_REQUIRES_TRAINING === '1'

  #weights = new Float64Array()

  override async load(
    { onLoad, loadMs = 0, megabytes = 0 }: Partial<Resources>,
    { modelVersion }: LoadContext,
  ): Promise<void> {
    await fail(modelVersion === initialVersion ? initialOnLoad : onLoad)
    await pause(loadMs)
    this.#weights = new Float64Array(megabytes * 2 ** 17).fill(1)
  }

  override async predict(tasks: readonly ModelTask<[text: string]>[], context: PredictContext) {
    const answers: unknown[] = []
    for (const { input } of tasks) {
      const [text] = input
      if (seenFile !== undefined) appendFileSync(seenFile, `${text}\n`)
      const [command = '', argument = ''] = text.split(' ')
      await act(command, Number(argument), context)
      const whole = garbageFor(command, tasks.length)
      if (whole !== undefined) return whole.answers as TaskPredictions[]
      const region = choices(context.binding, [context.binding.labels[0] as string])
      const echoed = { ...region, meta: { echo: text, project: context.project, weight: this.#weights[0] ?? 0 } }
      answers.push(spoil(command, Number(argument), { score: 0.5, result: [echoed] }))
    }
    return answers as TaskPredictions[]
  }
}

async function fail(onLoad: OnLoad | undefined): Promise<void> {
  if (onLoad === 'throw') throw new Error('the weights are not what they should be')
  if (onLoad === 'exit') process.exit(7)
  if (onLoad === 'spin') for (;;);
  if (onLoad === 'hang') await new Promise(() => setInterval(() => {}, 1_000))
  if (onLoad === 'fill') fillMemory()
}

async function act(command: string, amount: number, { signal }: PredictContext): Promise<void> {
  if (command === 'throw') throw new Error('no idea what to say')
  if (command === 'throw-nothing') throw undefined
  if (command === 'throw-later') setTimeout(() => throwLater(), 1)
  if (command === 'reject-later') void Promise.reject(new Error('nobody waits for this'))
  if (command === 'exit') process.exit(7)
  if (command === 'spin') for (;;);
  if (command === 'hang') await new Promise(() => {})
  if (command === 'pause') await pause(amount, undefined, { signal })
  if (command === 'fill') fillMemory()
  if (command === 'leak') leaked.push(new Array(amount * 2 ** 17).fill(amount))
}

function throwLater(): never {
  throw new Error('thrown where nobody catches')
}

function fillMemory(): never {
  const kept: unknown[] = []
  for (;;) kept.push(new Array(100_000).fill({}))
}

/** What a wrong `predict` returns in place of a list with an answer for each task. */
function garbageFor(command: string, tasks: number): { readonly answers: unknown } | undefined {
  const nothing = (length: number) => Array.from({ length }, () => null)
  if (command === 'return-nothing') return { answers: undefined }
  if (command === 'return-object') return { answers: { length: tasks } }
  if (command === 'return-too-few') return { answers: nothing(tasks - 1) }
  if (command === 'return-too-many') return { answers: nothing(tasks + 1) }
  return undefined
}

type Answer = { score: number; result: { meta: Record<string, unknown> }[] }

/** What a wrong `predict` returns for one task. */
function spoil(command: string, amount: number, answer: Answer): unknown {
  const [region] = answer.result
  const meta = region?.meta ?? {}
  if (command === 'circular') meta.self = meta
  if (command === 'bigint') meta.count = 1n
  if (command === 'function') meta.call = () => {}
  if (command === 'nan') return { ...answer, score: Number.NaN }
  if (command === 'infinity') return { ...answer, score: Number.POSITIVE_INFINITY }
  if (command === 'number') return 7
  if (command === 'text') return 'Positive'
  if (command === 'getter') return Object.defineProperty({ ...answer }, 'result', { get: throwLater, enumerable: true })
  if (command === 'proxy') return new Proxy(answer, { get: throwLater, ownKeys: throwLater })
  if (command === 'to-json') Object.assign(meta, { toJSON: throwLater })
  if (command === 'deep') meta.deep = nested(amount)
  if (command === 'huge') meta.huge = 'x'.repeat(amount * 2 ** 20)
  if (command === 'many') answer.result = Array.from({ length: amount }, () => region as { meta: typeof meta })
  return answer
}

function nested(depth: number): unknown {
  let value: unknown = 'bottom'
  for (let level = 0; level < depth; level += 1) value = [value]
  return value
}
