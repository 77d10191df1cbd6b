import type { Binding } from '../label-config/label-config.ts'
import type { Region } from '../wire/region.ts'
import { finishRegion } from './finish-region.ts'
import { type ImageRegionOptions, imageFields, toPercent } from './image-geometry.ts'

export interface KeyPointShape {
  readonly x: number
  readonly y: number
  /** Size of the dot, percents of the image's width. Default: 0.5. */
  readonly sizePercent?: number
}

/** A point, for `<KeyPoint>`. */
export function keyPoint(binding: Binding, shape: KeyPointShape, options: ImageRegionOptions): Region {
  return finishRegion(binding, ['KeyPoint'], keyPointValue(shape, options), options, imageFields(options))
}

/** A labelled point, for `<KeyPointLabels>`. */
export function keyPointLabels(
  binding: Binding,
  labels: readonly string[],
  shape: KeyPointShape,
  options: ImageRegionOptions,
): Region {
  const value = { ...keyPointValue(shape, options), keypointlabels: [...labels] }
  return finishRegion(binding, ['KeyPointLabels'], value, options, imageFields(options))
}

function keyPointValue(
  { x, y, sizePercent = 0.5 }: KeyPointShape,
  options: ImageRegionOptions,
): Record<string, unknown> {
  const percent = toPercent(options)
  return { x: percent.x(x), y: percent.y(y), width: sizePercent }
}
