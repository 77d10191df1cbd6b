import { type InferenceSession, Tensor } from 'onnxruntime-node'
import { sampleRate } from './audio.ts'

/*
 * Silero VAD v5: how likely it is that somebody speaks. Input `input` float32 [1,576]: the last 64 samples of the frame before, then 512
 * new ones; `state` float32 [2,1,128], carried on; `sr` int64. Output `output` [1,1], `stateN`. Source: the project's utils_vad.py.
 */
const frame = 512
const before = 64
const stateSize = 2 * 128

/** A stretch of sound in which somebody speaks, seconds. */
export interface Stretch {
  readonly startSeconds: number
  readonly endSeconds: number
  /** How sure the network is, on average; 0–1. */
  readonly score: number
}

export interface FindSpeechOptions {
  /** From which likelihood on speech begins, 0–1; it ends 0.15 below. Default: 0.5. */
  readonly threshold?: number
  /** Shorter pauses do not part a stretch. Default: 0.4. */
  readonly pauseSeconds?: number
  /** Longer stretches are cut: the transcriber is made for some seconds at a time. Default: 20. */
  readonly longestSeconds?: number
}

const shortestSeconds = 0.2
/** Lets a stretch begin a little early and end a little late: soft consonants are not heard as speech. */
const marginSeconds = 0.1

/** Finds where somebody speaks, in order, without overlaps. */
export async function findSpeech(
  network: InferenceSession,
  samples: Float32Array,
  options: FindSpeechOptions = {},
  signal?: AbortSignal,
): Promise<Stretch[]> {
  const { threshold = 0.5, pauseSeconds = 0.4, longestSeconds = 20 } = options
  const likelihoods = await hear(network, samples, signal)
  const seconds = (frames: number) => (frames * frame) / sampleRate
  const stretches: Stretch[] = []
  let start: number | undefined
  let lastSpeech = 0
  for (let at = 0; at <= likelihoods.length; at += 1) {
    const likelihood = likelihoods[at] ?? 0
    if (start === undefined) {
      if (likelihood >= threshold) start = lastSpeech = at
      continue
    }
    if (likelihood >= threshold - 0.15) lastSpeech = at
    const ended = at === likelihoods.length || seconds(at - lastSpeech) > pauseSeconds
    if (!ended && seconds(at - start) < longestSeconds) continue
    if (seconds(lastSpeech + 1 - start) >= shortestSeconds) stretches.push(stretch(start, lastSpeech + 1))
    start = undefined
  }
  return stretches

  function stretch(from: number, to: number): Stretch {
    const end = stretches.at(-1)?.endSeconds ?? 0
    const own = likelihoods.subarray(from, to)
    return {
      startSeconds: Math.max(end, toMilliseconds(seconds(from) - marginSeconds)),
      endSeconds: Math.min(samples.length / sampleRate, toMilliseconds(seconds(to) + marginSeconds)),
      score: own.reduce((sum, likelihood) => sum + likelihood, 0) / own.length,
    }
  }
}

function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}

/** How likely speech is, a number a frame. */
async function hear(network: InferenceSession, samples: Float32Array, signal?: AbortSignal): Promise<Float32Array> {
  const likelihoods = new Float32Array(Math.ceil(samples.length / frame))
  const sr = new Tensor('int64', BigInt64Array.of(BigInt(sampleRate)), [])
  let state = new Tensor('float32', new Float32Array(stateSize), [2, 1, 128])
  const window = new Float32Array(before + frame)
  for (let at = 0; at < likelihoods.length; at += 1) {
    signal?.throwIfAborted()
    window.copyWithin(0, frame)
    window.fill(0, before)
    window.set(samples.subarray(at * frame, (at + 1) * frame), before)
    const output = await network.run({ input: new Tensor('float32', window, [1, window.length]), state, sr })
    likelihoods[at] = (output.output as Tensor).data[0] as number
    state = output.stateN as Tensor as typeof state
  }
  return likelihoods
}
