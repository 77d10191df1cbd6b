/** Samples a second. */
const sampleRate = 8_000

/** A WAV (16 bit, mono) that is silent but for one stretch. Times in seconds. */
export function makeWav(lengthSeconds: number, loud: { readonly from: number; readonly to: number }): Buffer {
  const samples = Math.round(lengthSeconds * sampleRate)
  const wav = Buffer.alloc(44 + samples * 2)
  wav.write('RIFF', 0, 'latin1')
  wav.writeUInt32LE(wav.length - 8, 4)
  wav.write('WAVEfmt ', 8, 'latin1')
  wav.writeUInt32LE(16, 16)
  wav.writeUInt16LE(1, 20)
  wav.writeUInt16LE(1, 22)
  wav.writeUInt32LE(sampleRate, 24)
  wav.writeUInt32LE(sampleRate * 2, 28)
  wav.writeUInt16LE(2, 32)
  wav.writeUInt16LE(16, 34)
  wav.write('data', 36, 'latin1')
  wav.writeUInt32LE(samples * 2, 40)
  for (let sample = loud.from * sampleRate; sample < loud.to * sampleRate; sample += 1) {
    wav.writeInt16LE(Math.round(12_000 * Math.sin(sample / 3) + 1_000), 44 + sample * 2)
  }
  return wav
}

/** First and last moment that is not silent, and the length, in seconds: of what `makeWav` made. */
export function loudStretch(wav: Buffer): { from: number; to: number; length: number } {
  const samples = (wav.length - 44) / 2
  let first = samples
  let last = 0
  for (let sample = 0; sample < samples; sample += 1) {
    if (Math.abs(wav.readInt16LE(44 + sample * 2)) < 500) continue
    first = Math.min(first, sample)
    last = sample
  }
  return { from: first / sampleRate, to: last / sampleRate, length: samples / sampleRate }
}
