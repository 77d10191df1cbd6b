import { type Kept, keepOpening } from './jobs/keep-opening.ts'
import { openTrainer, type Trainer, type TrainerParts } from './jobs/trainer.ts'
import { within } from './pool/within.ts'
import { openState } from './state/open-state.ts'
import type { ProjectSettings } from './state/project-store.ts'

/** What trains and remembers, as soon as it can be opened. */
export interface KeptTrainer extends Kept<Trainer> {
  /** What is remembered of a project. Who waits for a prediction does not wait for a database that another process has locked. */
  settingsOf(project: string): Promise<ProjectSettings | undefined>
}

/** Pause between two attempts to open it, milliseconds. */
const retryMs = 10_000
/** How long a start waits for it, milliseconds. */
const openMs = 5_000
/** Longest wait for what is remembered of a project, milliseconds. */
const patienceMs = 1_000

/** A server that cannot write still serves, and trains as soon as it can. Resolves when it is open, or will not be for a while. */
export async function keepTrainer(
  parts: Omit<TrainerParts, 'state'> & { readonly settings: { readonly stateFile: string } },
): Promise<KeptTrainer> {
  const { log, settings } = parts
  const kept: Kept<Trainer> = keepOpening({
    async open() {
      const state = await openState(settings.stateFile, () =>
        kept.lose(`${settings.stateFile} was deleted or replaced`),
      )
      try {
        return await openTrainer({ ...parts, state })
      } catch (error) {
        await state.close()
        throw error
      }
    },
    abandon: lost =>
      void lost.abandon().catch(error => log.warn({ err: error }, 'what ran when the state file was lost did not end')),
    onProblem: reason =>
      log.warn({ reason }, 'nothing can be trained or remembered now; predictions are served, and it is tried again'),
    onOpen: () => log.info('trainings and what is remembered are back'),
    retryMs,
  })
  await within(kept.firstAttempt, openMs)
  if (kept.current === undefined && kept.problem === undefined) {
    log.warn('nothing can be trained or remembered yet: the state file takes long to open; predictions are served')
    void kept.firstAttempt.then(() => {
      if (kept.current !== undefined) log.info('trainings and what is remembered are there')
    })
  }
  return Object.assign(kept, { settingsOf })

  async function settingsOf(project: string): Promise<ProjectSettings | undefined> {
    let found: ProjectSettings | undefined
    const asked = kept.current?.state.projects.get(project).then(remembered => {
      found = remembered
    })
    if (asked !== undefined) await within(asked, patienceMs)
    return found
  }
}
