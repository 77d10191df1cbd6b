import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type OpenModel, openModel, type Region } from '@htx/core'
import { readAudio, sampleRate } from './audio.ts'
import { speech } from './copy-audio.ts'

const labelConfig = readFileSync(new URL('label-config.xml', import.meta.url), 'utf8')
const wholeConfig =
  '<View><Audio name="a" value="$audio"/><TextArea name="t" toName="a" editable="true" maxSubmissions="1"/></View>'
const labelsConfig =
  '<View><Audio name="a" value="$audio"/><Labels name="l" toName="a"><Label value="Music"/><Label value="Voice"/></Labels></View>'

const spoken =
  'and so my fellow americans ask not what your country can do for you ask what you can do for your country'.split(' ')
/** Where he speaks, as found by the network's own program. */
const stretches = [
  [0.32, 2.21],
  [3.36, 4.32],
  [5.41, 7.62],
  [8.19, 10.59],
] as const

describe('the speech example', { timeout: 300_000 }, () => {
  let directory: string
  let model: OpenModel
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'htx-speech-'))
    for (const [name, source] of Object.entries(speech)) await copyFile(source, join(directory, name))
    await writeFile(join(directory, 'broken.wav'), 'RIFF no sound')
    await writeFile(join(directory, 'tone.wav'), tone(60))
    const whole = readFileSync(speech['jfk.wav'])
    await writeFile(join(directory, 'cut.wav'), whole.subarray(0, whole.indexOf('data') + 8 + 2 * 94_001))
    model = await openModel({ model: new URL('model.ts', import.meta.url), taskData: { root: directory } })
  })
  after(async () => {
    await model?.close()
    await rm(directory, { recursive: true })
  })

  async function regions(audio: string, config = labelConfig): Promise<Region[]> {
    const [outcome] = await model.predict([{ id: 1, data: { audio } }], { labelConfig: config })
    assert.equal(outcome?.rejection, undefined)
    return (outcome?.predictions[0]?.result ?? []) as Region[]
  }

  for (const name of Object.keys(speech)) {
    it(`finds where somebody speaks in ${name}`, async () => {
      const labelled = (await regions(name)).filter(({ type }) => type === 'labels')
      assert.equal(labelled.length, stretches.length)
      for (const [place, [start, end]] of stretches.entries()) {
        const { value, original_length } = labelled[place] as Region
        assert.ok(Math.abs((value.start as number) - start) < 0.2, `${value.start} ${start}`)
        assert.ok(Math.abs((value.end as number) - end) < 0.2, `${value.end} ${end}`)
        assert.deepEqual(value.labels, ['Speech'])
        assert.ok(Math.abs((original_length ?? 0) - 11) < 0.01, String(original_length))
      }
    })

    it(`writes down what is said in ${name}`, async () => {
      const startedAt = performance.now()
      const texts = textsOf(await regions(name))
      const took = performance.now() - startedAt
      const wrong = wordErrors(texts.join(' '))
      console.log(`${name}: ${texts.join(' / ')}`)
      console.log(`${name}: ${wrong} of ${spoken.length} words wrong, ${(took / 1000).toFixed(1)} s for 11 s of sound`)
      assert.ok(wrong <= 4, texts.join(' / '))
    })
  }

  it('gives label and text of a stretch one id and one place', async () => {
    const found = await regions('jfk.wav')
    const ids = new Set(found.map(({ id }) => id))
    assert.equal(ids.size, stretches.length)
    for (const own of ids) {
      const [label, text] = found.filter(({ id }) => id === own)
      assert.deepEqual([label?.type, text?.type], ['labels', 'textarea'])
      assert.equal(text?.value.start, label?.value.start)
      assert.equal(text?.value.end, label?.value.end)
      assert.equal(text?.original_length, label?.original_length)
    }
  })

  it('gives one text for all of it when the config asks for that', async () => {
    const found = await regions('jfk.wav', wholeConfig)
    assert.equal(found.length, 1)
    assert.ok(wordErrors(textsOf(found)[0] ?? '') <= 4)
  })

  it('labels without a text when the config has none, by the label that means speech', async () => {
    const found = await regions('jfk.wav', labelsConfig)
    assert.equal(found.length, stretches.length)
    assert.ok(found.every(({ type, value }) => type === 'labels' && (value.labels as string[])[0] === 'Voice'))
  })

  it('hears nobody in a tone, and knows how long a long sound is', async () => {
    assert.deepEqual(await regions('tone.wav'), [])
    const { samples, lengthSeconds } = await readAudio(join(directory, 'tone.wav'))
    assert.equal(lengthSeconds, 60)
    assert.ok(Math.abs(samples.length / sampleRate - 60) < 0.01, String(samples.length))
    assert.ok(Math.abs(frequency(samples) - 440) < 1, String(frequency(samples)))
  })

  it('ends the last stretch where a sound ends in the middle of a word', async () => {
    const found = await regions('cut.wav', labelsConfig)
    const { value, original_length = 0 } = found.at(-1) as Region
    assert.equal(original_length, 94_001 / sampleRate)
    assert.equal(value.end, original_length)
  })

  it('has nothing to say of a file that is no sound, and goes on', async () => {
    const tasks = ['broken.wav', 'jfk.wav'].map((audio, id) => ({ id, data: { audio } }))
    const [broken, whole] = await model.predict(tasks, { labelConfig })
    assert.deepEqual(broken?.predictions, [])
    assert.equal(whole?.predictions[0]?.result.length, 2 * stretches.length)
  })

  for (const kind of ['mp3', 'flac', 'ogg', 'opus']) {
    it(`reads .${kind} as it reads .wav`, async () => {
      const [wave, other] = await Promise.all(['wav', kind].map(end => readAudio(clip(end))))
      assert.ok(Math.abs((other?.lengthSeconds ?? 0) - (wave?.lengthSeconds ?? 0)) < 0.05)
      const alike = correlation(wave?.samples ?? new Float32Array(), other?.samples ?? new Float32Array())
      assert.ok(alike > 0.95, String(alike))
    })
  }

  it('says what to do with a format that it cannot read', async () => {
    await assert.rejects(readAudio(clip('m4a')), /expected WAV, MP3, FLAC, Ogg Vorbis or Ogg Opus; convert it first/)
  })
})

function textsOf(found: readonly Region[]): string[] {
  return found.filter(({ type }) => type === 'textarea').flatMap(({ value }) => value.text as string[])
}

/** Words that must be changed, put in or left out to make the text what was said (Levenshtein). */
function wordErrors(text: string): number {
  const heard = text.toLowerCase().match(/[a-z]+/g) ?? []
  let row = spoken.map((_, at) => at + 1)
  row.unshift(0)
  for (const [place, word] of heard.entries()) {
    const next = [place + 1]
    for (const [at, expected] of spoken.entries()) {
      const changed = (row[at] ?? 0) + (word === expected ? 0 : 1)
      next.push(Math.min(changed, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

/** Twelve seconds of one recording in many formats, of the npm package `audio-lena`. */
function clip(kind: string): string {
  return fileURLToPath(new URL(`node_modules/audio-lena/lena.${kind}`, import.meta.url))
}

function correlation(a: Float32Array, b: Float32Array): number {
  const length = Math.min(a.length, b.length)
  let [product, squareA, squareB] = [0, 0, 0]
  for (let at = 0; at < length; at += 1) {
    const [one, other] = [a[at] as number, b[at] as number]
    product += one * other
    squareA += one * one
    squareB += other * other
  }
  return product / Math.sqrt(squareA * squareB)
}

/** A WAV of 44,100 samples a second: 440 Hz. */
function tone(seconds: number): Buffer {
  const rate = 44_100
  const bytes = Buffer.alloc(44 + 2 * rate * seconds)
  bytes.write('RIFF', 0)
  bytes.writeUInt32LE(bytes.length - 8, 4)
  bytes.write('WAVEfmt ', 8)
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(1, 22)
  bytes.writeUInt32LE(rate, 24)
  bytes.writeUInt32LE(2 * rate, 28)
  bytes.writeUInt16LE(2, 32)
  bytes.writeUInt16LE(16, 34)
  bytes.write('data', 36)
  bytes.writeUInt32LE(bytes.length - 44, 40)
  for (let at = 0; at < rate * seconds; at += 1) {
    bytes.writeInt16LE(Math.round(10_000 * Math.sin((2 * Math.PI * 440 * at) / rate)), 44 + 2 * at)
  }
  return bytes
}

/** By counting how often the sound goes up through zero. */
function frequency(samples: Float32Array): number {
  let ups = 0
  for (let at = 1; at < samples.length; at += 1) {
    if ((samples[at - 1] as number) < 0 && (samples[at] as number) >= 0) ups += 1
  }
  return (ups * sampleRate) / samples.length
}
