import { createHash } from 'node:crypto'

/** A task as it is kept for training. */
export interface TaskRecord {
  /** Label Studio's, or one made from the data. */
  readonly id: number | string
  readonly data: Readonly<Record<string, unknown>>
  readonly meta: Readonly<Record<string, unknown>>
  /** Milliseconds since 1970, with fractions; 0 when unknown. */
  readonly updatedAt: number
}

/** An annotation as it is kept for training. */
export interface AnnotationRecord {
  readonly id: number | string
  readonly result: readonly unknown[]
  readonly completedBy: unknown
  readonly wasCancelled: boolean
  readonly groundTruth: boolean
  /** Milliseconds since 1970, with fractions; 0 when unknown. */
  readonly updatedAt: number
}

/** A task and what people said about it; what was not right is counted by reason. */
export interface AnnotatedTask {
  readonly task: TaskRecord
  readonly annotations: readonly AnnotationRecord[]
  readonly malformed: readonly string[]
}

/**
 * Reads a task with its annotations, of any generation: `annotations` (Label Studio ≥ 1.0 and its exports), `completions` (0.6–0.9) or a
 * bare `result` (0.4–0.5).
 *
 * @returns why it is no task, in a word, when it is none
 */
export function readAnnotatedTask(value: unknown): AnnotatedTask | string {
  const task = readTask(value)
  if (typeof task === 'string') return task
  const given = value as Record<string, unknown>
  const list = [given.annotations, given.completions].find(Array.isArray)
  if (list !== undefined) return { task, ...readAll(list, task.id) }
  if (given.result === undefined || given.result === null) return { task, annotations: [], malformed: [] }
  // pyheartex knows one annotation a task, and no id for it.
  return { task, ...readAll([{ result: given.result }], task.id) }
}

/** Reads a task without looking at its annotations. @returns why it is none, when it is none */
export function readTask(value: unknown): TaskRecord | string {
  if (!isRecord(value)) return 'the task is no object'
  if (!isRecord(value.data)) return 'the task has no data'
  return {
    id: idOf(value.id) ?? `data-${createHash('sha256').update(JSON.stringify(value.data)).digest('hex').slice(0, 16)}`,
    data: value.data,
    meta: isRecord(value.meta) ? value.meta : {},
    updatedAt: timeOf(value.updated_at ?? value.created_at),
  }
}

/** Reads one annotation. @param otherwise its id when it has none @returns why it is none, when it is none */
export function readAnnotation(value: unknown, otherwise?: string): AnnotationRecord | string {
  if (!isRecord(value)) return 'the annotation is no object'
  const id = idOf(value.id) ?? otherwise
  if (id === undefined) return 'the annotation has no id'
  const wasCancelled = value.was_cancelled === true || value.skipped === true
  const result = value.result ?? (wasCancelled ? [] : undefined)
  if (!Array.isArray(result)) return 'the result of the annotation is no list'
  if (!result.every(isEntry)) return 'the annotation has an entry that is no region and no relation'
  return {
    id,
    result,
    completedBy: value.completed_by ?? null,
    wasCancelled,
    // `honeypot`: Label Studio 0.x.
    groundTruth: value.ground_truth === true || value.honeypot === true,
    updatedAt: timeOf(value.updated_at ?? value.created_at),
  }
}

/** Where no id is given, an annotation is known by its task and place. */
function readAll(list: readonly unknown[], task: number | string): Pick<AnnotatedTask, 'annotations' | 'malformed'> {
  const annotations: AnnotationRecord[] = []
  const malformed: string[] = []
  for (const [place, value] of list.entries()) {
    const read = readAnnotation(value, `task-${task}-${place}`)
    if (typeof read === 'string') malformed.push(read)
    else annotations.push(read)
  }
  return { annotations, malformed }
}

function isEntry(entry: unknown): boolean {
  if (!isRecord(entry)) return false
  if (entry.type === 'relation') return typeof entry.from_id === 'string' && typeof entry.to_id === 'string'
  return typeof entry.from_name === 'string' && typeof entry.type === 'string' && isRecord(entry.value)
}

function idOf(value: unknown): number | string | undefined {
  return typeof value === 'number' || (typeof value === 'string' && value !== '') ? value : undefined
}

/** The latest time that JavaScript can write. */
const latestMs = 8.64e15

/**
 * Milliseconds since 1970 of a time as Label Studio writes it: ISO 8601 to the microsecond, or seconds since 1970 (0.x); 0 for anything
 * else. Two updates may lie within a millisecond.
 */
export function timeOf(value: unknown): number {
  if (typeof value === 'number') return Math.abs(value * 1000) <= latestMs ? value * 1000 : 0
  if (typeof value !== 'string') return 0
  const ms = Date.parse(value)
  if (Number.isNaN(ms)) return 0
  const [, micros = ''] = /\.\d{3}(\d{1,3})/.exec(value) ?? []
  return ms + Number(micros.padEnd(3, '0')) / 1000
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
