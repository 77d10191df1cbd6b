import llamaTokenizer from 'llama-tokenizer-js'
import { type InferenceSession, Tensor } from 'onnxruntime-node'
import { sampleRate } from './audio.ts'

/*
 * Moonshine tiny. Encoder: `input_values` float32 [1,samples], 16 kHz; output `last_hidden_state` [1,T,288]. Decoder: one token at a time,
 * `input_ids` int64 [1,1], `encoder_hidden_states`, `use_cache_branch` and what it keeps of the tokens before, `past_key_values.…`
 * [1,8,n,36]; output `logits` [1,1,32768] and `present.…`, the next past. Source: the model's card and moonshine-js, model.ts.
 */
const firstToken = 1
const lastToken = 2
/** Nobody speaks faster; the network would go on with itself otherwise. */
const tokensPerSecond = 6
const heads = 8
const headSize = 36

/** The two networks of the transcriber. */
export interface Transcriber {
  readonly encoder: InferenceSession
  readonly decoder: InferenceSession
}

export interface Transcript {
  readonly text: string
  /** How sure the network is of its words, on average; 0–1. */
  readonly score: number
}

/** Writes down what is said. @param samples 16 kHz, at most half a minute */
export async function transcribe({ encoder, decoder }: Transcriber, samples: Float32Array): Promise<Transcript> {
  const encoded = await encoder.run({ input_values: new Tensor('float32', samples, [1, samples.length]) })
  const hidden = encoded.last_hidden_state as Tensor
  const pastNames = decoder.inputNames.filter(name => name.startsWith('past_key_values'))
  const past = new Map(
    pastNames.map((name): [string, Tensor] => [
      name,
      new Tensor('float32', new Float32Array(), [0, heads, 1, headSize]),
    ]),
  )
  const tokens: number[] = []
  let sum = 0
  let token = firstToken
  const most = Math.ceil((samples.length / sampleRate) * tokensPerSecond)
  for (let step = 0; step < most; step += 1) {
    const output = await decoder.run({
      input_ids: new Tensor('int64', BigInt64Array.of(BigInt(token)), [1, 1]),
      encoder_hidden_states: hidden,
      use_cache_branch: new Tensor('bool', Uint8Array.of(step === 0 ? 0 : 1), [1]),
      ...Object.fromEntries(past),
    })
    const best = likeliest((output.logits as Tensor).data as Float32Array)
    sum += best.probability
    token = best.token
    tokens.push(token)
    if (token === lastToken) break
    for (const name of pastNames) {
      // What it keeps of the sound stays the same after the first step.
      if (step === 0 || name.includes('.decoder.')) {
        past.set(name, output[name.replace('past_key_values', 'present')] as Tensor)
      }
    }
  }
  const text = llamaTokenizer
    .decode(
      tokens.filter(known => known !== lastToken),
      false,
      false,
    )
    .trim()
  return { text, score: tokens.length === 0 ? 0 : sum / tokens.length }
}

function likeliest(logits: Float32Array): { token: number; probability: number } {
  let token = 0
  for (let at = 1; at < logits.length; at += 1) if ((logits[at] as number) > (logits[token] as number)) token = at
  const highest = logits[token] as number
  let total = 0
  for (const logit of logits) total += Math.exp(logit - highest)
  return { token, probability: 1 / total }
}
