import type { Region, Relation } from '../wire/region.ts'

/** A task reduced to what a train function learns from: the bound inputs and what one person said about them. */
export interface DataItem<Input extends readonly unknown[] = readonly unknown[]> {
  /** Label Studio's task id. A task that several people annotated gives an item for each. */
  readonly id: number | string
  /** Values of the bound object tags, in order, as they stand in the task: texts, or URLs for `context.resolve`. */
  readonly input: Input
  /** Regions of the bound control tag. Empty when the person found nothing to mark. */
  readonly output: readonly Region[]
  /** The same regions, each with what other controls say about it (`perRegion` labels, texts, ratings). */
  readonly regions: readonly ItemRegion[]
  readonly relations: readonly Relation[]
  /** The task's data as it stands in Label Studio. */
  readonly data: Readonly<Record<string, unknown>>
  readonly meta: Readonly<Record<string, unknown>>
  readonly annotation: ItemAnnotation
}

/** A region and everything that shares its id. */
export interface ItemRegion {
  readonly id: string | undefined
  readonly region: Region
  /** Regions of the other controls with the same id, by the control's name: `byControl.transcription?.value.text`. */
  readonly byControl: Readonly<Record<string, Region>>
}

/** Where an item comes from. */
export interface ItemAnnotation {
  readonly id: number | string
  /** Label Studio's id (or e-mail, in exports) of the person. */
  readonly completedBy: unknown
  /** True for an annotation that was marked as right beyond doubt. */
  readonly groundTruth: boolean
  /** True for a task that was skipped; such items only come when they are asked for. */
  readonly wasCancelled: boolean
  /** ISO 8601; undefined where Label Studio does not say. */
  readonly updatedAt: string | undefined
}
