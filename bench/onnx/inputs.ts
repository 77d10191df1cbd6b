import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp, { type Sharp } from 'sharp'

/** Which network is asked, on what. */
export type Work = 'detector' | 'classifier' | 'reader'

const receipt = fileURLToPath(new URL('../../examples/ocr/images/receipt.png', import.meta.url))
const lineTops = [32, 102, 172, 242]

export const labelConfigs: Readonly<Record<Work, string>> = {
  detector:
    '<View><Image name="image" value="$image"/><RectangleLabels name="box" toName="image"><Label value="Text"/></RectangleLabels></View>',
  classifier:
    '<View><Image name="image" value="$image"/><Choices name="turn" toName="image"><Choice value="0"/><Choice value="180"/></Choices></View>',
  reader:
    '<View><Image name="image" value="$image"/><RectangleLabels name="box" toName="image"><Label value="Text"/></RectangleLabels><TextArea name="text" toName="image" perRegion="true"/></View>',
}

/** Images as files that any language reads without a library. @returns their names, by the work that they are for */
export async function makeInputs(folder: string): Promise<Readonly<Record<Work, readonly string[]>>> {
  await writePpm(sharp(receipt), join(folder, 'receipt.ppm'))
  const lines: string[] = []
  for (const [place, top] of lineTops.entries()) {
    for (const angle of [0, 180]) {
      const name = `line-${place}-${angle}.ppm`
      const line = sharp(receipt).extract({ left: 32, top, width: 192, height: 48 }).rotate(angle)
      await writePpm(line, join(folder, name))
      lines.push(name)
    }
  }
  return { detector: ['receipt.ppm'], classifier: lines, reader: ['receipt.ppm'] }
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
