import { isDeepStrictEqual } from 'node:util'
import { findTag } from '../find-tag.ts'
import type { ControlTag, LabelConfig, ObjectTag } from '../label-config.ts'
import { placeKeys } from '../place-keys.ts'
import type { RegionsById } from '../regions-by-id.ts'
import { controlFacts, drawsRegions } from '../tags.ts'
import { isRecord, type Report } from './rule.ts'

type Entry = Readonly<Record<string, unknown>>

/** True for `<Labels>` over an image or a video: it names regions that a tool such as `<Rectangle>` draws. */
export function labelsTool(control: ControlTag, object: ObjectTag | undefined): boolean {
  return control.tag === 'Labels' && (object?.tag === 'Image' || object?.tag === 'Video')
}

/** What says something about a region shares that region's id; alone it hangs in the air. */
export function checkPartner(
  entry: Entry,
  control: ControlTag,
  object: ObjectTag | undefined,
  config: LabelConfig,
  regions: RegionsById,
  report: Report,
): void {
  const isLabel = labelsTool(control, object)
  const others = typeof entry.id === 'string' ? (regions.get(entry.id) ?? []) : []
  for (const other of others) {
    const by = other === entry ? undefined : findTag(config.controls, other.from_name)
    if (by === undefined || by.perRegion || !drawsRegions(by)) continue
    if (isLabel && by.tag === 'Labels') continue
    checkPlace(entry, other, others[0] === entry, isLabel && object?.tag === 'Image', report)
    return
  }
  const whose = isLabel ? 'the region that a tool such as <Rectangle> drew' : 'the region that it speaks about'
  report('id', `the id of ${whose}`, entry.id, 'Give the builder that region: { of: region }.')
}

/** Of these a copy may be left out: the region has them, or a default. */
const spareKeys = ['rotation', 'closed', 'format']

/**
 * What comes first under an id makes the region, so that it must say where it is; a region that comes after it only adds what it says.
 * Labels of an image repeat the place always: Label Studio's own validator asks for it.
 */
function checkPlace(entry: Entry, region: Entry, comesFirst: boolean, isCopy: boolean, report: Report): void {
  if (!isRecord(region.value) || !isRecord(entry.value) || !(comesFirst || isCopy)) return
  for (const key of placeKeys) {
    const [own, place] = [entry.value[key], region.value[key]]
    if (place === undefined || (own === undefined && !comesFirst && spareKeys.includes(key))) continue
    if (isCopy ? isDeepStrictEqual(own, place) : own !== undefined) continue
    const mend = 'Put the region before it; builders with { of: region } copy the place.'
    report(`value.${key}`, 'where its region is, as in the value of that region', own, mend)
    return
  }
}

/** Two regions of one control under one id are one to the editor: the first hides the second. */
export function checkOwnId(entry: Entry, control: ControlTag, regions: RegionsById, report: Report): void {
  if (control.perRegion || controlFacts(control.tag).family === 'opaque' || !drawsRegions(control)) return
  const others = typeof entry.id === 'string' ? regions.get(entry.id) : undefined
  const first = others?.find(other => other.from_name === entry.from_name)
  if (first === undefined || first === entry) return
  const expected = `an id of its own, as <${control.tag} name="${control.name}"> has drawn another region with this one`
  report('id', expected, entry.id, 'Leave ids to the builders, or make a fresh one for each region.')
}
