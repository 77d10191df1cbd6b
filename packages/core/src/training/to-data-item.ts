import { findTag } from '../label-config/find-tag.ts'
import type { Binding, LabelConfig } from '../label-config/label-config.ts'
import { regionsById } from '../label-config/regions-by-id.ts'
import { bindTask } from '../model/model-input.ts'
import type { Region, Relation } from '../wire/region.ts'
import type { AnnotationRecord, TaskRecord } from './annotated-task.ts'
import type { DataItem, ItemRegion } from './data-item.ts'

/**
 * Reduces an annotation to what a binding shows and says.
 *
 * @param labelConfig an annotation of which it knows no control was made with another one
 * @returns why that is not possible, when it is not
 */
export function toDataItem(
  task: TaskRecord,
  annotation: AnnotationRecord,
  binding: Binding,
  labelConfig?: LabelConfig,
): DataItem | string {
  const bound = bindTask({ id: task.id, data: { ...task.data }, meta: task.meta }, binding)
  if ('rejection' in bound) return bound.rejection.message
  const entries = annotation.result as readonly (Region | Relation)[]
  const strangers = entries.flatMap(entry => (isKnown(entry, labelConfig) ? [] : [(entry as Region).from_name]))
  if (strangers.length > 0 && strangers.length === entries.length) {
    return `annotation ${annotation.id} of task ${task.id} speaks of ${[...new Set(strangers)].join(', ')}, which the label config does not have`
  }
  const output = entries.filter((entry): entry is Region => isOf(entry, binding.control.name))
  const byId = regionsById(entries)
  return {
    id: task.id,
    input: bound.task.input,
    output,
    regions: output.map(region => withOthers(region, byId.get(region.id ?? '') ?? [])),
    relations: entries.filter((entry): entry is Relation => entry.type === 'relation'),
    data: task.data,
    meta: task.meta,
    annotation: {
      id: annotation.id,
      completedBy: annotation.completedBy,
      groundTruth: annotation.groundTruth,
      wasCancelled: annotation.wasCancelled,
      updatedAt: annotation.updatedAt === 0 ? undefined : new Date(annotation.updatedAt).toISOString(),
    },
  }
}

function isKnown(entry: Region | Relation, labelConfig: LabelConfig | undefined): boolean {
  if (labelConfig === undefined || entry.type === 'relation') return true
  return findTag(labelConfig.controls, (entry as Region).from_name) !== undefined
}

function isOf(entry: Region | Relation, control: string): boolean {
  return entry.type !== 'relation' && (entry as Region).from_name === control
}

function withOthers(region: Region, same: readonly unknown[]): ItemRegion {
  const others = (same as readonly Region[]).filter(({ from_name }) => from_name !== region.from_name)
  return { id: region.id, region, byControl: Object.fromEntries(others.map(other => [other.from_name, other])) }
}
