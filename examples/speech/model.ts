import {
  audioLabels,
  BaseModel,
  type Binding,
  type LoadContext,
  type ModelTask,
  messageOf,
  onnxSessionOptions,
  type PredictContext,
  type Prediction,
  type Region,
  textArea,
} from '@htx/core'
import type { InferenceSession } from 'onnxruntime-node'
import { readAudio, type Sound, sampleRate } from './audio.ts'
import { type FindSpeechOptions, findSpeech, type Stretch } from './find-speech.ts'
import { type Transcriber, type Transcript, transcribe } from './transcribe.ts'
import { openNetwork } from './weights.ts'

/** A stretch of speech and what is said there. */
interface Passage extends Stretch, Pick<Transcript, 'text'> {}

/** Finds where somebody speaks and writes down what is said: a label and a text for each stretch, with one id. */
export default class Speech extends BaseModel<object, [path: string]> {
  static override readonly inputTypes = ['Audio', 'AudioPlus']
  static override readonly outputTypes = ['Labels', 'TextArea']
  static override readonly inputs = 'file'

  #voice!: InferenceSession
  #transcriber!: Transcriber
  #options!: FindSpeechOptions

  override async load(_resources: object, context: LoadContext): Promise<void> {
    const { options } = context
    const session = onnxSessionOptions(context)
    const moonshine = 'dist/model/tiny/quantized'
    this.#voice = await openNetwork('@ricky0123/vad-web', 'dist/silero_vad_v5.onnx', session)
    this.#transcriber = {
      encoder: await openNetwork('@moonshine-ai/moonshine-js', `${moonshine}/encoder_model.onnx`, session),
      decoder: await openNetwork('@moonshine-ai/moonshine-js', `${moonshine}/decoder_model_merged.onnx`, session),
    }
    this.#options = {
      threshold: Number(options.threshold ?? 0.5),
      pauseSeconds: Number(options.pauseSeconds ?? 0.4),
    }
  }

  override async predict(
    tasks: readonly ModelTask<[path: string]>[],
    { bindings, signal, log }: PredictContext,
  ): Promise<(Prediction | null)[]> {
    const texts = bindings.some(({ control }) => control.tag === 'TextArea')
    const predictions: (Prediction | null)[] = []
    for (const { id, input } of tasks) {
      const sound = await readAudio(input[0]).catch((error: unknown) => {
        log.warn('a sound cannot be read', { task: id, problem: messageOf(error) })
      })
      predictions.push(
        sound === undefined ? null : predictionOf(await this.#listen(sound, texts, signal), sound, bindings),
      )
    }
    return predictions
  }

  override async unload(): Promise<void> {
    await Promise.all([this.#voice, this.#transcriber.encoder, this.#transcriber.decoder].map(one => one.release()))
  }

  async #listen({ samples }: Sound, texts: boolean, signal: AbortSignal): Promise<Passage[]> {
    const passages: Passage[] = []
    for (const stretch of await findSpeech(this.#voice, samples, this.#options, signal)) {
      signal.throwIfAborted()
      if (!texts) {
        passages.push({ ...stretch, text: '' })
        continue
      }
      const cut = samples.subarray(stretch.startSeconds * sampleRate, stretch.endSeconds * sampleRate)
      const { text, score } = await transcribe(this.#transcriber, cut)
      passages.push({ ...stretch, text, score: stretch.score * score })
    }
    return passages
  }
}

/** Stretches with a text each; where the config has no labels for sound, one text for all of it. */
function predictionOf(
  passages: readonly Passage[],
  { lengthSeconds }: Sound,
  bindings: readonly Binding[],
): Prediction {
  const kinds = bindings.find(({ control }) => control.tag === 'Labels')
  const texts = bindings.filter(({ control }) => control.tag === 'TextArea')
  const perRegion = texts.find(({ control }) => control.perRegion)
  const whole = texts.find(({ control }) => !control.perRegion)
  const score = passages.reduce((sum, passage) => sum + passage.score, 0) / (passages.length || 1)
  const result: Region[] = []
  if (kinds !== undefined) {
    for (const { text, startSeconds, endSeconds, score } of passages) {
      // Resampled, a sound may be a sample longer than it is.
      const stretch = { startSeconds, endSeconds: Math.min(endSeconds, lengthSeconds) }
      const region = audioLabels(kinds, [labelFor(kinds)], stretch, { lengthSeconds, score })
      result.push(region)
      if (perRegion !== undefined && text !== '') result.push(textArea(perRegion, [text], { of: region }))
    }
  }
  const spoken = passages.flatMap(({ text }) => (text === '' ? [] : [text])).join(' ')
  if (whole !== undefined && spoken !== '') result.push(textArea(whole, [spoken]))
  return { score, result }
}

function labelFor({ labels: known }: Binding): string {
  return known.find(label => /speech|voice|speaker/i.test(label)) ?? known[0] ?? 'Speech'
}
