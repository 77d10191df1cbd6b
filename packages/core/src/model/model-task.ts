import type { Region } from '../wire/region.ts'

/** A task as a model sees it. */
export interface ModelTask<Input extends readonly unknown[] = readonly unknown[]> {
  /** Label Studio's id; undefined for a task that is not stored there. */
  readonly id: number | string | undefined
  /** Values of the bound object tags, in order: texts, URLs, or local paths when the model says `inputs = 'file'`. */
  readonly input: Input
  /** The task's data as it came. */
  readonly data: Readonly<Record<string, unknown>>
  readonly meta: Readonly<Record<string, unknown>>
  /** What people have said of the task so far, as it came. */
  readonly annotations: readonly unknown[]
  readonly drafts: readonly unknown[]
  readonly predictions: readonly unknown[]
}

/** What a person did in the editor that asks for an interactive prediction. */
export interface InteractiveContext {
  /** All prompts of one kind so far: clicks, rectangles, spans. May be empty after a deletion. */
  readonly result: readonly Region[]
  /** Newer front ends: `predict` (when absent), `capabilities`, `prewarm`, `track`, … */
  readonly event?: string
  readonly [extra: string]: unknown
}
