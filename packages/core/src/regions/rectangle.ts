import type { Binding } from '../label-config/label-config.ts'
import type { Region } from '../wire/region.ts'
import { finishRegion } from './finish-region.ts'
import { type Box, boxInPercent, type ImageRegionOptions, imageFields } from './image-geometry.ts'

/** A box, for `<Rectangle>`. Its label comes from `labels(binding, […], { of: box })`. */
export function rectangle(binding: Binding, box: Box, options: ImageRegionOptions): Region {
  return finishRegion(binding, ['Rectangle'], { ...boxInPercent(box, options) }, options, imageFields(options))
}

/**
 * A labelled box, for `<RectangleLabels>`. A turned box from the corners that a detector found: see `boxFromCorners`.
 *
 * @example rectangleLabels(binding, ['Cat'], { x: 20, y: 30, width: 100, height: 80 }, { image: { width: 640, height: 480 } })
 */
export function rectangleLabels(
  binding: Binding,
  labels: readonly string[],
  box: Box,
  options: ImageRegionOptions,
): Region {
  const value = { ...boxInPercent(box, options), rectanglelabels: [...labels] }
  return finishRegion(binding, ['RectangleLabels'], value, options, imageFields(options))
}
