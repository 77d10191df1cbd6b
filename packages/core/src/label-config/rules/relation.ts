import type { RegionsById } from '../regions-by-id.ts'
import { isTextList, type Report } from './rule.ts'

/** A relation joins two regions of the same result. */
export function checkRelation(entry: Readonly<Record<string, unknown>>, regions: RegionsById, report: Report): void {
  for (const end of ['from_id', 'to_id'] as const) {
    const id = entry[end]
    if (typeof id !== 'string' || !regions.has(id)) {
      report(end, 'the id of a region of this result', id, 'Give the builder relation the two regions.')
    }
  }
  const { direction, labels } = entry
  if (direction !== 'left' && direction !== 'right' && direction !== 'bi') {
    report('direction', '"left", "right" or "bi"', direction, "Write direction: 'right'.")
  }
  if (labels !== undefined && labels !== null && !isTextList(labels)) {
    report('labels', 'a list of texts', labels, "Write labels: ['…'], a list even for one, or leave it out.")
  }
}
