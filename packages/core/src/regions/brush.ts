import { HtxError } from '../errors/htx-error.ts'
import type { Binding } from '../label-config/label-config.ts'
import type { Region } from '../wire/region.ts'
import { finishRegion } from './finish-region.ts'
import { type ImageRegionOptions, imageFields, imageOf } from './image-geometry.ts'
import { encodeMask, type Mask } from './mask-rle.ts'

/** A mask, for `<Brush>`. @param mask one value a pixel, row by row; above 0 is set */
export function brush(binding: Binding, mask: Mask, options: ImageRegionOptions): Region {
  return finishRegion(binding, ['Brush'], brushValue(mask, options), options, imageFields(options))
}

/** A labelled mask, for `<BrushLabels>`. @param mask one value a pixel, row by row; above 0 is set */
export function brushLabels(
  binding: Binding,
  labels: readonly string[],
  mask: Mask,
  options: ImageRegionOptions,
): Region {
  const value = { ...brushValue(mask, options), brushlabels: [...labels] }
  return finishRegion(binding, ['BrushLabels'], value, options, imageFields(options))
}

function brushValue(mask: Mask, options: ImageRegionOptions): Record<string, unknown> {
  const { width, height } = imageOf(options)
  if (!hasPixel(mask)) {
    throw new HtxError(
      'HTX_REGION_INVALID',
      'expected a mask with at least one pixel set, got an empty one. Leave the region out.',
    )
  }
  return { format: 'rle', rle: encodeMask(mask, width, height) }
}

function hasPixel(mask: Mask): boolean {
  for (let pixel = 0; pixel < mask.length; pixel += 1) if (Number(mask[pixel]) > 0) return true
  return false
}
