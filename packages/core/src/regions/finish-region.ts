import { nanoid } from 'nanoid'
import { HtxError } from '../errors/htx-error.ts'
import { checkRegion } from '../label-config/check-region.ts'
import type { Binding } from '../label-config/label-config.ts'
import { placeKeys } from '../label-config/place-keys.ts'
import { controlFacts } from '../label-config/tags.ts'
import type { Region } from '../wire/region.ts'

/** What every builder takes. */
export interface RegionOptions {
  /** Default: a fresh one. */
  readonly id?: string
  /** Confidence of this region, 0–1. */
  readonly score?: number
  readonly readonly?: boolean
  readonly hidden?: boolean
  readonly meta?: Readonly<Record<string, unknown>>
  /** Which image of a multi-image object, from 0. */
  readonly itemIndex?: number
  readonly parentId?: string
}

/** What builders take that say something about the whole task or, with `of`, about one region. */
export interface PerRegionOptions extends RegionOptions {
  /** The region that this entry speaks about: it gets the same id, place and image size. */
  readonly of?: Region
}

/** A fresh id, as the editor makes them: ten characters of [A-Za-z0-9_-]. */
export function regionId(): string {
  return nanoid(10)
}

/**
 * Completes a region and checks it as `checkPrediction` does.
 *
 * @param tags which control tags the builder is for
 * @param top fields beside `value`, such as the size of the image
 * @throws HtxError `HTX_REGION_INVALID` when the editor would not show it
 */
export function finishRegion(
  binding: Binding,
  tags: readonly string[],
  value: Record<string, unknown>,
  options: PerRegionOptions = {},
  top: Partial<Region> = {},
): Region {
  const { control, objects } = binding
  const name = `<${control.tag} name="${control.name}">`
  if (!tags.includes(control.tag)) {
    const wanted = tags.map(tag => `<${tag}>`).join(' or ')
    throw new HtxError('HTX_REGION_INVALID', `this builder is for ${wanted}, the binding has ${name}. Use its builder.`)
  }
  const { of } = options
  const toName = of?.to_name ?? objects[0]?.name ?? control.name
  const object = objects.find(candidate => candidate.name === toName)
  if (of !== undefined && object === undefined) {
    const own = objects.map(candidate => candidate.name).join(', ')
    throw new HtxError(
      'HTX_REGION_INVALID',
      `${name} speaks about ${own}, the region in "of" about ${toName}. Give one of its own.`,
    )
  }
  const region: Region = {
    id: options.id ?? of?.id ?? regionId(),
    ...(of === undefined ? {} : pick(of, topPlaceKeys)),
    ...top,
    from_name: control.name,
    to_name: toName,
    type: controlFacts(control.tag).type,
    value: of === undefined ? value : { ...pick(of.value, placeKeys), ...value },
  }
  if (options.score !== undefined) region.score = options.score
  if (options.readonly !== undefined) region.readonly = options.readonly
  if (options.hidden !== undefined) region.hidden = options.hidden
  if (options.meta !== undefined) region.meta = { ...options.meta }
  if (options.itemIndex !== undefined) region.item_index = options.itemIndex
  if (options.parentId !== undefined) region.parentID = options.parentId
  const [problem] = checkRegion(region, control, object)
  if (problem !== undefined) {
    const { path, expected, got, mend } = problem
    throw new HtxError('HTX_REGION_INVALID', `${name}: ${path}: expected ${expected}, got ${got}. ${mend}`)
  }
  return region
}

/** What beside a region's value says where it is. */
const topPlaceKeys = ['original_width', 'original_height', 'image_rotation', 'original_length', 'item_index']

function pick(from: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter(key => from[key] !== undefined).map(key => [key, from[key]]))
}
