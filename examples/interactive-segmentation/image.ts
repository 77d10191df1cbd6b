import sharp from 'sharp'

/** Pixels of an image: red, green, blue, one byte each, row by row. */
export interface Pixels {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}

/** Decodes a PNG, JPEG or another format that sharp reads, upright as its EXIF data says. */
export async function readImage(path: string): Promise<Pixels> {
  const { data, info } = await sharp(path)
    .rotate()
    .toColourspace('srgb')
    .flatten({ background: 'white' })
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { data: info.channels === 3 ? data : expand(data, info.channels), width: info.width, height: info.height }
}

/** Scales an image. */
export async function resizeImage({ data, width, height }: Pixels, toWidth: number, toHeight: number): Promise<Pixels> {
  const resized = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(toWidth, toHeight, { fit: 'fill' })
    .raw()
    .toBuffer()
  return { data: resized, width: toWidth, height: toHeight }
}

/** Grey images come out with one channel whatever they are told. */
function expand(data: Uint8Array, channels: number): Uint8Array {
  const pixels = data.length / channels
  const rgb = new Uint8Array(pixels * 3)
  for (let at = 0; at < pixels; at += 1) rgb.fill(data[at * channels] ?? 0, at * 3, at * 3 + 3)
  return rgb
}
