import { HtxError } from '../errors/htx-error.ts'
import type { Binding } from '../label-config/label-config.ts'
import type { Region } from '../wire/region.ts'
import { finishRegion } from './finish-region.ts'
import { type ImageRegionOptions, type ImageSize, imageFields, imageOf } from './image-geometry.ts'

/** A mask as a PNG of the image's size, set where it is not transparent, for `<Bitmask>`. */
export function bitmask(binding: Binding, png: Uint8Array, options: ImageRegionOptions): Region {
  const value = { imageDataURL: dataUrl(png, imageOf(options)) }
  return finishRegion(binding, ['Bitmask'], value, options, imageFields(options))
}

/** The same with labels, for `<BitmaskLabels>`. */
export function bitmaskLabels(
  binding: Binding,
  labels: readonly string[],
  png: Uint8Array,
  options: ImageRegionOptions,
): Region {
  const value = { imageDataURL: dataUrl(png, imageOf(options)), bitmasklabels: [...labels] }
  return finishRegion(binding, ['BitmaskLabels'], value, options, imageFields(options))
}

/** The editor stretches nothing: a PNG of another size covers another part of the image. */
function dataUrl(png: Uint8Array, { width, height }: ImageSize): string {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength)
  // The signature, then the chunk IHDR, which begins with width and height.
  if (bytes.length < 24 || bytes.toString('latin1', 0, 8) !== '\x89PNG\r\n\x1a\n') {
    throw new HtxError(
      'HTX_REGION_INVALID',
      'expected the bytes of a PNG, got something else. Encode the mask as PNG with alpha, or use brush.',
    )
  }
  const [ownWidth, ownHeight] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
  if (ownWidth !== width || ownHeight !== height) {
    throw new HtxError(
      'HTX_REGION_INVALID',
      `expected a PNG of the image's size, ${width} x ${height}, got ${ownWidth} x ${ownHeight}. Scale the mask to the image.`,
    )
  }
  return `data:image/png;base64,${bytes.toString('base64')}`
}
