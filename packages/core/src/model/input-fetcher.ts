import { statSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import type { LabelConfig } from '../label-config/label-config.ts'
import type { LabelStudioAddress } from '../task-data/label-studio/address.ts'
import { openTaskData, type TaskDataOptions } from '../task-data/task-data.ts'
import type { LegacySchema, Task } from '../wire/requests.ts'
import type { ModelClass } from './base-model.ts'
import { labelConfigReader } from './label-config-reader.ts'
import { bindTask, type FetchedInput, fetchInput, pathsOf } from './model-input.ts'

export interface FetchOptions {
  /** As XML, parsed, or the binding that Label Studio 0.4–0.6 sends. */
  readonly labelConfig: string | LabelConfig | LegacySchema
  readonly project?: string | undefined
  /** The Label Studio that asks; files of its tasks lie there when the options name no other. */
  readonly caller?: LabelStudioAddress | undefined
  /** True when a person waits: downloads of others do not hold these up. */
  readonly urgent: boolean
  /** How long what was fetched stays if nobody releases it, milliseconds. */
  readonly leaseMs: number
  readonly signal: AbortSignal
}

/** Brings the files of tasks here ahead of the model that will read them. */
export interface InputFetcher {
  /**
   * Fetches what a model that says `inputs = 'file'` will be given of these tasks, all at once, within the limit of downloads. The files stay
   * until they are released.
   *
   * @param onTask hears of each task as it comes; undefined for one that has nothing to fetch
   * @throws HtxError `HTX_LABEL_CONFIG_INVALID`, `HTX_LABEL_CONFIG_UNFIT`
   */
  fetch(
    tasks: readonly Task[],
    options: FetchOptions,
    onTask: (place: number, input: FetchedInput | undefined) => void,
  ): Promise<void>
  /** The files at these paths have been used; each is named as often as it was given. Those that lie elsewhere than in the cache do not matter. */
  release(paths: readonly string[]): void
}

/**
 * Opens it for models of these tags. The model itself is not needed, and not imported.
 *
 * @param options `cacheDir` is that of those who predict
 */
export function openInputFetcher(
  tags: Pick<ModelClass, 'inputTypes' | 'outputTypes'>,
  options: TaskDataOptions & { readonly cacheDir: string },
): InputFetcher {
  const taskData = openTaskData(options)
  const readConfig = labelConfigReader(tags)
  const cached = resolve(options.cacheDir) + sep

  return { fetch, release }

  async function fetch(
    tasks: readonly Task[],
    { labelConfig, project, caller, urgent, leaseMs, signal }: FetchOptions,
    onTask: (place: number, input: FetchedInput | undefined) => void,
  ): Promise<void> {
    const [binding] = readConfig(labelConfig).bindings
    await Promise.all(tasks.map(async (task, place) => onTask(place, await fetchTask(task))))

    async function fetchTask(task: Task): Promise<FetchedInput | undefined> {
      const bound = bindTask(task, binding)
      // What a task lacks is said where it would be predicted.
      if ('rejection' in bound) return undefined
      const paths: string[] = []
      let isGivenUp = false
      const fetched = await fetchInput(bound.task, async (value, id) => {
        const path = await taskData.resolve(value, { signal, caller, project, task: id, urgent, leaseMs })
        if (isGivenUp) taskData.release(path)
        else paths.push(path)
        return path
      })
      if ('task' in fetched && !signal.aborted) {
        const inOrder = pathsOf(fetched.task)
        return { paths: inOrder, bytes: inOrder.reduce((sum, path) => sum + sizeInCache(path), 0) }
      }
      // Others of its files may still be on their way.
      isGivenUp = true
      release(paths)
      return 'task' in fetched ? undefined : fetched
    }
  }

  function release(paths: readonly string[]): void {
    for (const path of paths) taskData.release(path)
  }

  /** Files that lie elsewhere take no room. */
  function sizeInCache(path: string): number {
    return path.startsWith(cached) ? (statSync(path, { throwIfNoEntry: false })?.size ?? 0) : 0
  }
}
