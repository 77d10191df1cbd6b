import { existsSync } from 'node:fs'
import { HtxError, messageOf } from '../errors/htx-error.ts'
import type { Binding, ObjectTag } from '../label-config/label-config.ts'
import type { Task } from '../wire/requests.ts'
import type { ModelTask } from './model-task.ts'
import type { Rejection } from './task-outcome.ts'

/** A task as the model sees it, or why it cannot see it. */
export type BoundTask = { readonly task: ModelTask } | { readonly rejection: Rejection }

/** Brings the file behind a value of a task to this machine. Gives its path. */
export type BringFile = (value: string, task: ModelTask['id']) => Promise<string>

/**
 * What came of fetching the input of a task, as data: paths in place of its values, those of a list one after the other, and the bytes that they
 * take in the cache; or why there are none.
 */
export type FetchedInput =
  | { readonly paths: readonly string[]; readonly bytes: number }
  | { readonly rejection: Rejection }

/** Reduces a task to what the bound object tags show. */
export function bindTask(task: Task, binding: Binding): BoundTask {
  const input: unknown[] = []
  for (const object of binding.objects) {
    const value = dataOf(task, object)
    if (value === undefined || value === null) {
      const message = `task ${task.id ?? '(without id)'} has no data.${object.dataKey}, which <${object.tag} name="${object.name}"> shows; it has ${listKeys(task.data)}`
      return { rejection: { reason: 'input-missing', message } }
    }
    input.push(value)
  }
  return { task: modelTask(task, input) }
}

/** Replaces the values of `task.input` by paths of local files, all at once. */
export async function fetchInput(task: ModelTask, bring: BringFile): Promise<BoundTask> {
  try {
    const input = await Promise.all(
      task.input.map(value => (Array.isArray(value) ? Promise.all(value.map(toFile)) : toFile(value))),
    )
    return { task: { ...task, input } }
  } catch (error) {
    const message = `task ${task.id ?? '(without id)'}: ${messageOf(error)}`
    return { rejection: { reason: 'input-unreachable', message } }
  }

  function toFile(value: unknown): Promise<string> {
    if (typeof value === 'string') return bring(value, task.id)
    throw new HtxError('HTX_TASK_DATA_INVALID', `expected a URL or a path, got ${typeof value}`)
  }
}

/** The paths that `fetchInput` gave. */
export function pathsOf({ input }: ModelTask): string[] {
  return input.flat() as string[]
}

/** Gives a task the input that was fetched before. @returns undefined when it must be fetched again: a file has gone since */
export function placeFetched(task: ModelTask, fetched: FetchedInput): BoundTask | undefined {
  if ('rejection' in fetched) return fetched
  let next = 0
  const place = () => fetched.paths[next++]
  const input = task.input.map(value => (Array.isArray(value) ? value.map(place) : place()))
  return next === fetched.paths.length && fetched.paths.every(path => existsSync(path))
    ? { task: { ...task, input } }
    : undefined
}

/** Label Studio replaces `$undefined$` itself; older ones send it as the key of tasks that were imported as bare values. */
function dataOf(task: Task, object: ObjectTag): unknown {
  const { dataKey } = object
  if (dataKey === undefined) return object.literal
  // `$constructor` is no data of the task.
  return (Object.hasOwn(task.data, dataKey) ? task.data[dataKey] : undefined) ?? task.data.$undefined$
}

function modelTask(task: Task, input: readonly unknown[]): ModelTask {
  return {
    id: task.id ?? undefined,
    input,
    data: task.data,
    meta: isRecord(task.meta) ? task.meta : {},
    annotations: listOf(task.annotations),
    drafts: listOf(task.drafts),
    predictions: listOf(task.predictions),
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function listKeys(data: Record<string, unknown>): string {
  return Object.keys(data).slice(0, 10).join(', ') || 'no data'
}
