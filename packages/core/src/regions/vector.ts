import type { Binding } from '../label-config/label-config.ts'
import type { Region } from '../wire/region.ts'
import { finishRegion } from './finish-region.ts'
import { type ImageRegionOptions, imageFields, type Point, toPercent } from './image-geometry.ts'

export interface VectorOptions extends ImageRegionOptions {
  /** True when the last vertex joins the first. Default: false. */
  readonly closed?: boolean
}

/** A line through points, for `<Vector>`. */
export function vector(binding: Binding, points: readonly Point[], options: VectorOptions): Region {
  return finishRegion(binding, ['Vector'], vectorValue(points, options), options, imageFields(options))
}

/** A labelled line through points, for `<VectorLabels>`. */
export function vectorLabels(
  binding: Binding,
  labels: readonly string[],
  points: readonly Point[],
  options: VectorOptions,
): Region {
  const value = { ...vectorValue(points, options), vectorlabels: [...labels] }
  return finishRegion(binding, ['VectorLabels'], value, options, imageFields(options))
}

function vectorValue(points: readonly Point[], options: VectorOptions): Record<string, unknown> {
  const percent = toPercent(options)
  const vertices = points.map(([x, y], place) => ({
    id: `p${place + 1}`,
    x: percent.x(x),
    y: percent.y(y),
    prevPointId: place === 0 ? null : `p${place}`,
    isBezier: false,
  }))
  return { vertices, closed: options.closed ?? false }
}
