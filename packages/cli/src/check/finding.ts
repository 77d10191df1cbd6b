/** `problem`: predictions do not show because of it. `warning`: something else goes wrong. `skipped`: there was nothing to look at. */
export type Verdict = 'ok' | 'warning' | 'problem' | 'skipped'

/** One thing that was looked at. */
export interface Finding {
  readonly verdict: Verdict
  /** What was looked at, such as `health` or `task 3 (id 42), prediction 1, region 2: value.choices[0]`. */
  readonly what: string
  /** What was found there. */
  readonly message: string
  /** What to do about it. */
  readonly mend?: string | undefined
  /** Milliseconds, for a request. */
  readonly tookMs?: number
  /** How long Label Studio waits for its answer, milliseconds. */
  readonly limitMs?: number
  /** The same as `what`, for programs. */
  readonly place?: PredictionPlace
}

/** Where in predictions something is; counted from 1. */
export interface PredictionPlace {
  readonly task: number
  readonly taskId?: unknown
  readonly prediction?: number
  readonly region?: number
  readonly regionId?: unknown
  /** Of the field in the region, else in the prediction. */
  readonly field?: string
}

/** Writes a place for a person. */
export function placeWords({ task, taskId, prediction, region, regionId, field }: PredictionPlace): string {
  const idWords = (id: unknown) => (id === undefined || id === null ? '' : ` (id ${JSON.stringify(id)})`)
  const steps = [`task ${task}${idWords(taskId)}`]
  if (prediction !== undefined) steps.push(`prediction ${prediction}`)
  if (region !== undefined) steps.push(`region ${region}${idWords(regionId)}`)
  return `${steps.join(', ')}${field === undefined || field === '' ? '' : `: ${field}`}`
}
