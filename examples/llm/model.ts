import {
  BaseModel,
  type Binding,
  type LoadContext,
  type ModelTask,
  messageOf,
  type PredictContext,
  type Prediction,
  type Region,
  textArea,
} from '@htx/core'
import pLimit, { type LimitFunction } from 'p-limit'
import { namesOf, regionsOf, schemaFor } from './answer.ts'
import { type Ask, openApi, type Usage } from './ask.ts'
import { messageFor, typedPrompt } from './prompt.ts'
import { readSettings, type Settings } from './settings.ts'

type Outcome = { readonly regions: Region[] } | { readonly error: unknown }

/** Lets a language model fill choices and texts, by a prompt that stands in the options or that a person types. */
export default class Llm extends BaseModel {
  static override readonly inputTypes = ['Text', 'HyperText', 'Paragraphs']
  static override readonly outputTypes = ['Choices', 'TextArea']

  #settings!: Settings
  #ask!: Ask
  #limit!: LimitFunction

  override load(_resources: object, { options, log }: LoadContext): void {
    this.#settings = readSettings(options)
    this.#ask = openApi(this.#settings)
    this.#limit = pLimit(this.#settings.concurrency)
    log.info('texts of tasks go to', { baseUrl: this.#settings.baseUrl, model: this.#settings.model })
  }

  override async predict(tasks: readonly ModelTask[], context: PredictContext): Promise<(Prediction | null)[]> {
    const startedAt = performance.now()
    const usage: Usage = { requests: 0, inputTokens: 0, outputTokens: 0 }
    const outcomes = await Promise.all(tasks.map(task => this.#limit(() => this.#answer(task, context, usage))))
    this.#tell(usage, tasks.length, performance.now() - startedAt, context)
    context.signal.throwIfAborted()
    const [first] = outcomes
    // htx counts it as rejected and keeps the reason. Not so in a batch: htx would ask for each of its tasks again, and each is paid for.
    if (outcomes.length === 1 && first !== undefined && 'error' in first) throw first.error
    return outcomes.map((outcome, place) => {
      if ('regions' in outcome) return { result: outcome.regions }
      context.log.warn('no answer for a task', { task: tasks[place]?.id, problem: messageOf(outcome.error) })
      return null
    })
  }

  async #answer(task: ModelTask, context: PredictContext, usage: Usage): Promise<Outcome> {
    const { bindings, binding, interactive, signal } = context
    const { promptPrefix, prompt: standing } = this.#settings
    const isPrompt = ({ control }: Binding) => control.tag === 'TextArea' && control.name.startsWith(promptPrefix)
    const promptArea = bindings.find(isPrompt)
    const controls = bindings.filter(one => !isPrompt(one) && !one.control.perRegion)
    try {
      if (controls.length === 0)
        throw new Error('the label config has no Choices or TextArea to fill beside the prompt')
      const prompt = typedPrompt(interactive, promptArea) ?? standing
      const labels = controls.flatMap(one => [...namesOf(one).keys()])
      const message = messageFor(task, prompt, binding.objects, labels, this.#settings)
      // A signal of its own: the client never takes its listeners off, and this one lives as long as the batch.
      const question = { message, schema: schemaFor(controls), signal: AbortSignal.any([signal]), usage }
      const regions = await this.#ask(question, content => regionsOf(content, controls))
      // The editor takes the prompt away when it takes the answer in; so it comes back with it.
      return { regions: promptArea === undefined ? regions : [textArea(promptArea, [prompt]), ...regions] }
    } catch (error) {
      return { error }
    }
  }

  #tell({ requests, inputTokens, outputTokens }: Usage, tasks: number, ms: number, { log }: PredictContext): void {
    const { inputPrice, outputPrice, model } = this.#settings
    const cost = (inputTokens * inputPrice + outputTokens * outputPrice) / 1_000_000
    log.info('tokens used', {
      model,
      tasks,
      requests,
      inputTokens,
      outputTokens,
      ...(cost > 0 ? { cost } : {}),
      ms: Math.round(ms),
    })
  }
}
