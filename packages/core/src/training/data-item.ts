import type { Region } from '../wire/region.ts'

/** A task reduced to what a train function learns from: the bound inputs and what a person said about them. */
export interface DataItem<Input extends readonly unknown[] = readonly unknown[]> {
  /** Label Studio's task id. */
  readonly id: number | string | undefined
  /** Values of the bound object tags, in order. */
  readonly input: Input
  /** Regions of the bound control tag. */
  readonly output: readonly Region[]
  readonly meta: Readonly<Record<string, unknown>>
}
