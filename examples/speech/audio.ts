import { readFile } from 'node:fs/promises'
import LibSampleRate from '@alexanderolsen/libsamplerate-js'
import decodeFlac from '@audio/decode-flac'
import decodeMp3 from '@audio/decode-mp3'
import decodeOpus from '@audio/decode-opus'
import decodeVorbis from '@audio/decode-vorbis'
import decodeWav from '@audio/decode-wav'

/** Sound as the models take it. */
export interface Sound {
  /** One channel, 16,000 samples a second, from -1 to 1. */
  readonly samples: Float32Array
  /** Of the file as it is, whatever its rate. */
  readonly lengthSeconds: number
}

interface Decoded {
  /** One a channel. */
  readonly channelData: Float32Array[]
  readonly sampleRate: number
}

export const sampleRate = 16_000

/** Reads WAV, MP3, FLAC, Ogg Vorbis and Ogg Opus, by what the file begins with: names of uploads say little. */
export async function readAudio(path: string): Promise<Sound> {
  const bytes = new Uint8Array(await readFile(path))
  const decoded: Decoded = await decoderFor(bytes)(bytes)
  const length = decoded.channelData[0]?.length ?? 0
  if (length === 0) throw new Error('the file holds no sound')
  return {
    samples: await resample(mixDown(decoded.channelData), decoded.sampleRate),
    lengthSeconds: length / decoded.sampleRate,
  }
}

function decoderFor(bytes: Uint8Array): (bytes: Uint8Array) => Decoded | Promise<Decoded> {
  const starts = (word: string, at = 0) =>
    [...word].every((letter, place) => bytes[at + place] === letter.charCodeAt(0))
  if (starts('RIFF') && starts('WAVE', 8)) return decodeWav
  if (starts('fLaC')) return decodeFlac
  // The first packet of an Ogg stream lies behind a page header of 28 bytes and says what the others are.
  if (starts('OggS')) return starts('OpusHead', 28) ? decodeOpus : starts('FLAC', 29) ? decodeFlac : decodeVorbis
  // A tag, or the eleven bits that begin every frame of layer III.
  if (starts('ID3') || (bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe6) === 0xe2)) return decodeMp3
  throw new Error(
    'expected WAV, MP3, FLAC, Ogg Vorbis or Ogg Opus; convert it first, for example: ffmpeg -i in.m4a out.flac',
  )
}

function mixDown(channels: readonly Float32Array[]): Float32Array {
  const [first = new Float32Array()] = channels
  if (channels.length < 2) return first
  return first.map((_, at) => channels.reduce((sum, channel) => sum + (channel[at] ?? 0), 0) / channels.length)
}

async function resample(samples: Float32Array, from: number): Promise<Float32Array> {
  if (from === sampleRate) return samples
  const { create, ConverterType } = LibSampleRate
  const converter = await create(1, from, sampleRate, { converterType: ConverterType.SRC_SINC_FASTEST })
  try {
    return converter.simple(samples)
  } finally {
    converter.destroy()
  }
}
