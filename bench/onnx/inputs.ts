import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp, { type Sharp } from 'sharp'
import type { Work } from './work/open-work.ts'

export interface Inputs extends AsyncDisposable {
  readonly folder: string
  /** Names of images in the folder. */
  readonly images: Readonly<Record<Work, readonly string[]>>
}

const receipt = fileURLToPath(new URL('../../examples/ocr/images/receipt.png', import.meta.url))
const lineTops = [32, 102, 172, 242]

const labelConfigs: Readonly<Record<Work, string>> = {
  detector: config('<RectangleLabels name="box" toName="image"><Label value="Text"/></RectangleLabels>'),
  classifier: config('<Choices name="turn" toName="image"><Choice value="0"/><Choice value="180"/></Choices>'),
  reader: config(
    '<RectangleLabels name="box" toName="image"><Label value="Text"/></RectangleLabels><TextArea name="text" toName="image" perRegion="true"/>',
  ),
}

/** A receipt, 640 × 320, and its lines, 192 × 48, upright and turned, as files that any language reads without a library. */
export async function makeInputs(): Promise<Inputs> {
  const folder = await mkdtemp(join(tmpdir(), 'htx-bench-images-'))
  await writePpm(sharp(receipt), join(folder, 'receipt.ppm'))
  const lines: string[] = []
  for (const [place, top] of lineTops.entries()) {
    const line = sharp(receipt).extract({ left: 32, top, width: 192, height: 48 })
    for (const degrees of [0, 180]) {
      lines.push(lineName(place, degrees))
      await writePpm(line.clone().rotate(degrees), join(folder, lineName(place, degrees)))
    }
  }
  return {
    folder,
    images: { detector: ['receipt.ppm'], classifier: lines, reader: ['receipt.ppm'] },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Body of /predict. */
export function requestBody(work: Work, { images }: Inputs, taskCount: number): string {
  const names = images[work]
  const tasks = Array.from({ length: taskCount }, (_, place) => ({
    id: place + 1,
    data: { image: names[place % names.length] },
  }))
  return JSON.stringify({ tasks, project: '1.1690000000', label_config: labelConfigs[work], params: {} })
}

/** Type of the regions that are looked at, and where their answer lies. */
const answerOf: Readonly<Record<Work, readonly [type: string, key: string]>> = {
  detector: ['rectanglelabels', 'rectanglelabels'],
  classifier: ['choices', 'choices'],
  reader: ['textarea', 'text'],
}

interface AnsweredRegion {
  readonly type: string
  readonly value: Readonly<Record<string, unknown>>
}

/** Whether a server finds in each image what is there. */
export async function answersRightly(url: string, work: Work, inputs: Inputs, taskCount: number): Promise<boolean> {
  const response = await fetch(`${url}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: requestBody(work, inputs, taskCount),
  })
  if (response.status !== 200) return false
  const { results } = (await response.json()) as { results: { result: AnsweredRegion[] }[] }
  const names = inputs.images[work]
  const isRight = ({ result }: { result: AnsweredRegion[] }, place: number) =>
    expected(work, names[place % names.length] as string) === found(work, result)
  return results.length === taskCount && results.every(isRight)
}

function expected(work: Work, name: string): string {
  if (work === 'detector') return 'Text,Text,Text,Text'
  if (work === 'classifier') return name.includes('-180') ? '180' : '0'
  return 'Invoice No. 2026-1124,Total: 1,234.56 EUR,Paid by card,Thank you!'
}

function found(work: Work, regions: readonly AnsweredRegion[]): string {
  const [type, key] = answerOf[work]
  return regions.flatMap(region => (region.type === type ? (region.value[key] as string[]) : [])).join(',')
}

function config(controls: string): string {
  return `<View><Image name="image" value="$image"/>${controls}</View>`
}

function lineName(place: number, degrees: number): string {
  return `line-${place}-${degrees}.ppm`
}

async function writePpm(image: Sharp, path: string): Promise<void> {
  const { data, info } = await image
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  if (info.channels !== 3) throw new Error(`${path} must have three colours; it has ${info.channels}`)
  await writeFile(path, Buffer.concat([Buffer.from(`P6\n${info.width} ${info.height}\n255\n`), data]))
}
