import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { seededRandom } from '@htx/core'
import sharp from 'sharp'

/** What a picture shows. */
export type Kind = 'Bar chart' | 'Pie chart'

export interface Picture {
  readonly file: string
  readonly kind: Kind
}

const kinds: readonly Kind[] = ['Bar chart', 'Pie chart']
const width = 320
const height = 240

/** Draws charts of either kind, all different, the same for the same seed. */
export async function makeImages(directory: string, count: number, seed = 1): Promise<Picture[]> {
  const random = seededRandom(seed)
  await mkdir(directory, { recursive: true })
  const pictures: Picture[] = []
  for (let number = 0; number < count; number += 1) {
    const kind = kinds[number % kinds.length] as Kind
    const file = `${kind === 'Bar chart' ? 'bar' : 'pie'}-${String(number).padStart(3, '0')}.png`
    await sharp(Buffer.from(chart(kind, random)))
      .png()
      .toFile(join(directory, file))
    pictures.push({ file, kind })
  }
  return pictures
}

function chart(kind: Kind, random: () => number): string {
  const values = Array.from({ length: 3 + Math.floor(random() * 5) }, () => 0.2 + random())
  const colour = () =>
    `hsl(${Math.floor(random() * 360)} ${Math.floor(40 + random() * 60)}% ${Math.floor(35 + random() * 35)}%)`
  const paper = `hsl(${Math.floor(random() * 360)} 20% ${Math.floor(80 + random() * 20)}%)`
  const drawn = kind === 'Bar chart' ? bars(values, colour, random) : slices(values, colour, random)
  const tilt = (random() * 16 - 8).toFixed(1)
  const title = `<text x="${20 + random() * 150}" y="22" font-size="14" font-family="sans-serif">Figure ${Math.floor(random() * 90)}</text>`
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="${paper}"/>${title}<g transform="rotate(${tilt} 160 120)">${drawn}</g></svg>`
}

function bars(values: readonly number[], colour: () => string, random: () => number): string {
  const step = (180 + random() * 80) / values.length
  const left = 20 + random() * 30
  const one = colour()
  return values
    .map((value, place) => {
      const tall = value * 130
      return `<rect x="${left + place * step}" y="${210 - tall}" width="${step * 0.7}" height="${tall}" fill="${random() < 0.5 ? one : colour()}"/>`
    })
    .join('')
}

function slices(values: readonly number[], colour: () => string, random: () => number): string {
  const total = values.reduce((sum, value) => sum + value, 0)
  const radius = 50 + random() * 40
  const [x, y] = [130 + random() * 60, 115 + random() * 20]
  let angle = random() * Math.PI * 2
  const at = (turn: number) => `${x + radius * Math.cos(turn)} ${y + radius * Math.sin(turn)}`
  return values
    .map(value => {
      const from = angle
      angle += (value / total) * Math.PI * 2
      const large = angle - from > Math.PI ? 1 : 0
      return `<path d="M${x} ${y} L${at(from)} A${radius} ${radius} 0 ${large} 1 ${at(angle)} Z" fill="${colour()}" stroke="white"/>`
    })
    .join('')
}

/** A task as Label Studio would export it. */
export function taskOf({ file, kind }: Picture, id: number, annotated: boolean, at = '') {
  const region = { id: `r${id}`, from_name: 'choice', to_name: 'image', type: 'choices', value: { choices: [kind] } }
  return {
    id,
    data: { image: `${at}${file}` },
    ...(annotated ? { annotations: [{ id: 1000 + id, result: [region] }] } : {}),
  }
}

// `npm run images`: pictures beside this file, and tasks.json, of which three quarters are annotated.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = fileURLToPath(new URL('.', import.meta.url))
  const pictures = await makeImages(join(folder, 'images'), 80)
  const tasks = pictures.map((picture, id) => taskOf(picture, id, id < 60))
  await writeFile(join(folder, 'tasks.json'), `${JSON.stringify(tasks, null, 2)}\n`)
  console.log(`${pictures.length} pictures in images, 60 of them annotated in tasks.json`)
}
