import { setTimeout as pause } from 'node:timers/promises'
import { ModelStore } from '@htx/core'
import { openLogger } from '../log/logger.ts'
import { completeOptions } from '../options.ts'
import type { StoredItem } from '../state/item-store.ts'
import { openState } from '../state/open-state.ts'
import type { TrainedModel, TrainModelOptions } from '../train-model.ts'
import { collectItems, readTasks } from './collect-items.ts'
import { newOwner, watchOwners } from './owner.ts'
import { recoverJobs } from './recover-jobs.ts'
import { runJob } from './run-job.ts'

/** One training, in its own right: what `trainModel` does. */
export async function trainOnce(options: TrainModelOptions): Promise<TrainedModel> {
  const {
    project,
    tasks,
    fetch = false,
    labelConfig,
    by = 'trainModel',
    signal,
    kill,
    onProgress,
    onLine,
    ...rest
  } = options
  const settings = completeOptions(rest)
  const log = openLogger(settings.logLevel, settings.logFormat)
  const store = await ModelStore.open(settings.modelsDir)
  const state = await openState(settings.stateFile)
  const owner = newOwner()
  const skipped: Record<string, number> = {}
  try {
    const owners = watchOwners(owner)
    await recoverJobs({ state, store, owners, log })
    // Another process seems to have died: before its job is taken it gets the time to say that it has not.
    if (owners.suspenseMs > 0) {
      await pause(owners.suspenseMs, undefined, signal === undefined ? {} : { signal })
      await recoverJobs({ state, store, owners, log })
    }
    const job = await state.jobs.begin({ project, cause: { by, at: new Date().toISOString() }, fetches: fetch }, owner)
    const outcome = await runJob(
      job,
      {
        state,
        store,
        training: settings,
        owner,
        log,
        collect: (started, jobLog, ending) => collectItems(started, { state, training: settings }, jobLog, ending),
        live: { current: () => undefined, bringLive: async () => {} },
        ...(tasks === undefined ? {} : { items: () => itemsOf(tasks, skipped, settings.includeSkipped) }),
        ...(labelConfig === undefined ? {} : { labelConfig }),
        ...(kill === undefined ? {} : { kill }),
        ...(onProgress === undefined ? {} : { onProgress }),
        ...(onLine === undefined ? {} : { onLine }),
      },
      signal ?? new AbortController().signal,
    )
    if (outcome.state !== 'succeeded') throw outcome.error
    const ended = await state.jobs.get(job.id)
    return {
      version: outcome.version,
      job: job.id,
      itemCount: ended?.itemCount ?? 0,
      skipped: { ...skipped, ...ended?.skipped },
    }
  } finally {
    await state.close()
  }
}

async function* itemsOf(
  tasks: AsyncIterable<unknown>,
  skipped: Record<string, number>,
  includeSkipped: boolean,
): AsyncGenerator<StoredItem> {
  for await (const value of tasks) {
    for (const { task, annotations } of readTasks([value], skipped)) {
      for (const annotation of annotations) {
        if (includeSkipped || !annotation.wasCancelled) yield { task, annotation }
        else skipped['the task was skipped'] = (skipped['the task was skipped'] ?? 0) + 1
      }
    }
  }
}
