import { randomBytes } from 'node:crypto'
import { HtxError } from '../errors/htx-error.ts'
import { checkRegion } from '../label-config/check-region.ts'
import type { Binding } from '../label-config/label-config.ts'
import { controlFacts } from '../label-config/tags.ts'
import type { Region } from '../wire/region.ts'

/** What every builder takes. */
export interface RegionOptions {
  /** Default: a fresh one, or that of the region in `of`. */
  readonly id?: string
  /** Confidence of this region, 0–1. */
  readonly score?: number
  readonly readonly?: boolean
  readonly hidden?: boolean
  readonly meta?: Readonly<Record<string, unknown>>
  /** Which image of a multi-image object, from 0. */
  readonly itemIndex?: number
  readonly parentId?: string
  /** The region that this entry speaks about: same id, same place. */
  readonly of?: Region
}

/** A fresh id, as the editor makes them: ten characters of [A-Za-z0-9_-]. */
export function regionId(): string {
  return randomBytes(8).toString('base64url').slice(0, 10)
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
  options: RegionOptions = {},
  top: Partial<Region> = {},
): Region {
  const { control, objects } = binding
  if (!tags.includes(control.tag)) {
    throw new HtxError(
      'HTX_REGION_INVALID',
      `this builder is for <${tags.join('> or <')}>; the binding has <${control.tag} name="${control.name}">`,
    )
  }
  const { of } = options
  const region: Region = {
    id: options.id ?? of?.id ?? regionId(),
    from_name: control.name,
    to_name: of?.to_name ?? objects[0]?.name ?? control.toName[0] ?? control.name,
    type: controlFacts(control.tag).type,
    ...(of === undefined ? {} : placeOf(of)),
    ...top,
    value: of === undefined ? value : { ...geometryOf(of), ...value },
  }
  if (options.score !== undefined) region.score = options.score
  if (options.readonly !== undefined) region.readonly = options.readonly
  if (options.hidden !== undefined) region.hidden = options.hidden
  if (options.meta !== undefined) region.meta = { ...options.meta }
  if (options.itemIndex !== undefined) region.item_index = options.itemIndex
  if (options.parentId !== undefined) region.parentID = options.parentId
  const object = objects.find(({ name }) => name === region.to_name)
  const [problem] = checkRegion(region, control, object)
  if (problem !== undefined) {
    const { path, expected, got, mend } = problem
    throw new HtxError(
      'HTX_REGION_INVALID',
      `<${control.tag} name="${control.name}">: ${path}: expected ${expected}, got ${got}. ${mend}`,
    )
  }
  return region
}

const placeKeys = ['original_width', 'original_height', 'image_rotation', 'original_length', 'item_index'] as const

function placeOf(region: Region): Partial<Region> {
  return Object.fromEntries(placeKeys.flatMap(key => (region[key] === undefined ? [] : [[key, region[key]]])))
}

/** What of a region's value says where it is; the rest is what somebody said about it. */
const geometryKeys: ReadonlySet<string> = new Set([
  ...[
    'x',
    'y',
    'width',
    'height',
    'rotation',
    'radiusX',
    'radiusY',
    'points',
    'closed',
    'format',
    'rle',
    'imageDataURL',
    'vertices',
  ],
  ...['start', 'end', 'startOffset', 'endOffset', 'globalOffsets', 'channel', 'instant'],
  ...['sequence', 'framesCount', 'duration', 'ranges'],
])

function geometryOf({ value }: Region): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => geometryKeys.has(key)))
}
