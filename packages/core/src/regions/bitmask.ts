import type { Binding } from '../label-config/label-config.ts'
import type { Region } from '../wire/region.ts'
import { finishRegion } from './finish-region.ts'
import { type ImageRegionOptions, imageFields } from './image-geometry.ts'

/** A mask as a PNG of the image's size, set where it is not transparent, for `<Bitmask>`. */
export function bitmask(binding: Binding, png: Uint8Array, options: ImageRegionOptions): Region {
  return finishRegion(binding, ['Bitmask'], { imageDataURL: dataUrl(png) }, options, imageFields(options))
}

/** The same with labels, for `<BitmaskLabels>`. */
export function bitmaskLabels(
  binding: Binding,
  labels: readonly string[],
  png: Uint8Array,
  options: ImageRegionOptions,
): Region {
  const value = { imageDataURL: dataUrl(png), bitmasklabels: [...labels] }
  return finishRegion(binding, ['BitmaskLabels'], value, options, imageFields(options))
}

function dataUrl(png: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`
}
