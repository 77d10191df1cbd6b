import type { Binding } from '../label-config/label-config.ts'
import type { Region } from '../wire/region.ts'
import { finishRegion } from './finish-region.ts'
import { type ImageRegionOptions, imageFields, type Point, toPercent } from './image-geometry.ts'

/** A polygon, for `<Polygon>`. */
export function polygon(binding: Binding, points: readonly Point[], options: ImageRegionOptions): Region {
  return finishRegion(binding, ['Polygon'], polygonValue(points, options), options, imageFields(options))
}

/** A labelled polygon, for `<PolygonLabels>`. */
export function polygonLabels(
  binding: Binding,
  labels: readonly string[],
  points: readonly Point[],
  options: ImageRegionOptions,
): Region {
  const value = { ...polygonValue(points, options), polygonlabels: [...labels] }
  return finishRegion(binding, ['PolygonLabels'], value, options, imageFields(options))
}

function polygonValue(points: readonly Point[], options: ImageRegionOptions): Record<string, unknown> {
  const percent = toPercent(options)
  return { points: points.map(([x, y]) => [percent.x(x), percent.y(y)]), closed: true }
}
