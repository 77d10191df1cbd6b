import type { Binding } from '../label-config/label-config.ts'
import type { Region } from '../wire/region.ts'
import { finishRegion, type PerRegionOptions } from './finish-region.ts'

/**
 * Choices, for `<Choices>`; about one region with `of`.
 *
 * @param values values or aliases; paths from the root where choices are nested
 * @example choices(binding, ['Positive'], { score: 0.93 })
 */
export function choices(
  binding: Binding,
  values: readonly (string | readonly string[])[],
  options: PerRegionOptions = {},
): Region {
  return finishRegion(binding, ['Choices'], { choices: [...values] }, options)
}

/** Paths in a tree, for `<Taxonomy>`. @param paths each from the root, such as `['Animal', 'Cat']` */
export function taxonomy(
  binding: Binding,
  paths: readonly (readonly string[])[],
  options: PerRegionOptions = {},
): Region {
  return finishRegion(binding, ['Taxonomy'], { taxonomy: paths.map(path => [...path]) }, options)
}
