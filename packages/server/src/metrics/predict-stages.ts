/** Where the time of a request goes: waiting for a slot, waiting for files, in the model, checking predictions; and from body to answer. */
export const stages = ['queue', 'resolve', 'model', 'check', 'total'] as const

export type Stage = (typeof stages)[number]

/** Seconds by stage. */
export type StageSeconds = Record<Stage, number>
