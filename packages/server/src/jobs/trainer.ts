import { HtxError, type ModelStore } from '@htx/core'
import type { Logger } from '../log/logger.ts'
import type { ModelVersions } from '../models/model-versions.ts'
import type { Reconciler } from '../models/reconciler.ts'
import { versionKey } from '../models/served-version.ts'
import type { Job } from '../state/job.ts'
import type { State } from '../state/open-state.ts'
import { collectItems } from './collect-items.ts'
import { JobQueue, type JobTrace } from './job-queue.ts'
import { newOwner } from './owner.ts'
import { pruneLogs } from './prune-logs.ts'
import { pruneVersions } from './prune-versions.ts'
import type { LiveVersions } from './run-job-settings.ts'
import type { TrainingSettings } from './training-settings.ts'
import { Triggers } from './triggers.ts'

export interface TrainerSettings extends TrainingSettings {
  /** Trainings at a time, over all projects. */
  readonly trainJobs: number
  readonly trainEvery: number
  readonly trainDebounceMs: number
  /** Versions of a project that are kept. */
  readonly keepVersions: number
}

export interface TrainerParts {
  readonly settings: TrainerSettings
  readonly state: State
  readonly store: ModelStore
  readonly versions: ModelVersions
  readonly reconciler: Reconciler
  readonly log: Logger
  onEnd?(job: Job): void
  /** Set when jobs are traced. */
  trace?(job: Job): JobTrace
}

/** What a server has for training: what it remembers, the queue of jobs, and what makes it ask for one by itself. */
export interface Trainer {
  readonly state: State
  readonly queue: JobQueue
  readonly triggers: Triggers
  /** Forgets a project: its jobs, annotations and versions. */
  forget(project: string): Promise<void>
  /** Gives a project the version of another, as a copy of its own, live. */
  duplicate(source: { readonly project: string; readonly version: string }, project: string): Promise<void>
  close(): Promise<void>
  /** Ends what runs, when the state is gone. */
  abandon(): Promise<void>
}

/** Recovers the jobs of a server before and begins to work. */
export async function openTrainer(parts: TrainerParts): Promise<Trainer> {
  const { settings, state, store, versions, reconciler, log } = parts
  const live = liveVersions(versions, reconciler)
  let pruned: Promise<unknown> = Promise.resolve()
  const queue = new JobQueue({
    state,
    store,
    training: settings,
    trainJobs: settings.trainJobs,
    owner: newOwner(),
    log,
    collect: (job, jobLog, signal) => collectItems(job, { state, training: settings }, jobLog, signal),
    live,
    ...(parts.trace === undefined ? {} : { trace: parts.trace }),
    onEnd: job => {
      parts.onEnd?.(job)
      pruned = pruned.then(() => prune(job))
    },
  })
  const triggers = new Triggers({ ...settings, state, queue, log })
  try {
    await queue.start()
    await triggers.start()
  } catch (error) {
    triggers.close()
    await queue.close()
    throw error
  }
  const removed = store
    .removeDeleted()
    .catch(error => log.warn({ err: error }, 'what is left of deleted versions could not be removed'))
  return { state, queue, triggers, forget, duplicate, close, abandon }

  async function prune({ project, state: ending }: Job): Promise<void> {
    try {
      await pruneLogs(store, state.jobs)
      if (ending !== 'succeeded') return
      const chosen = (await store.choice(project))?.version
      const isNeeded = (version: string) =>
        version === chosen || versions.loaded(versionKey(project, version)) !== undefined
      const gone = await pruneVersions(store, project, settings.keepVersions, isNeeded)
      if (gone.length > 0) log.info({ project, versions: gone }, 'old versions are deleted')
    } catch (error) {
      log.warn({ project, err: error }, 'old versions and logs could not be deleted')
    }
  }

  async function forget(project: string): Promise<void> {
    await queue.cancelProject(project, 'the deletion of its project')
    await state.items.deleteProject(project)
    await state.projects.delete(project)
    await state.jobs.deleteProject(project)
    await pruneLogs(store, state.jobs)
    for (const version of await store.versions(project)) await store.delete(project, version)
    versions.retire(project)
    reconciler.wake('a project was deleted')
    await reconciler.settled()
  }

  async function duplicate(source: { project: string; version: string }, project: string): Promise<void> {
    const { version } = await store.copy(source, project)
    await live.bringLive(project, version)
  }

  async function abandon(): Promise<void> {
    triggers.close()
    await queue.close()
    await Promise.all([removed, pruned])
  }

  async function close(): Promise<void> {
    await abandon()
    await state.close()
  }
}

function liveVersions(versions: ModelVersions, reconciler: Reconciler): LiveVersions {
  return {
    current(project) {
      const current = versions.current(project)
      if (current?.project === undefined) return undefined
      return { project: current.project, version: current.modelVersion }
    },
    async bringLive(project, version) {
      reconciler.wake('a version was trained')
      await reconciler.settled()
      const state = versions.stateOf(project, version)
      if (state?.state !== 'failed') return
      throw new HtxError(
        'HTX_MODEL_LOAD_FAILED',
        `version ${version} was trained and lies on disk, but cannot be served: ${state.reason}`,
      )
    },
  }
}
