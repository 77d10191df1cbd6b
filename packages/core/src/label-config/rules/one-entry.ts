import { findTag } from '../find-tag.ts'
import type { ControlTag, LabelConfig } from '../label-config.ts'
import type { RegionsById } from '../regions-by-id.ts'
import { controlFacts, drawsRegions } from '../tags.ts'
import { isIndex, type Report } from './rule.ts'

/**
 * What speaks about the whole task says it in one entry: of two of one control the editor keeps the last. Source:
 * cleanClassificationAreas in the editor's Annotation.js.
 *
 * @param said what the entries before have spoken with; this one is added
 */
export function checkOneEntry(
  entry: Readonly<Record<string, unknown>>,
  control: ControlTag,
  config: LabelConfig,
  regions: () => RegionsById,
  said: Set<string>,
  report: Report,
): void {
  if (control.perRegion || drawsRegions(control) || controlFacts(control.tag).family === 'opaque') return
  // What is no index is reported elsewhere, and may be nothing that can be written here.
  const item = isIndex(entry.item_index) ? entry.item_index : 'none'
  const key = `${entry.from_name} of item ${item}`
  if (!said.has(key)) {
    said.add(key)
    return
  }
  const sameId = typeof entry.id === 'string' ? (regions().get(entry.id) ?? []) : []
  const isAboutRegion = sameId.some(({ from_name }) => {
    const by = findTag(config.controls, from_name)
    return by !== undefined && drawsRegions(by)
  })
  if (isAboutRegion) return
  const expected = `one entry of <${control.tag} name="${control.name}">, as the editor shows only the last`
  report(
    'from_name',
    expected,
    entry.from_name,
    'Say all in one entry, or set perRegion="true" and give { of: region }.',
  )
}
