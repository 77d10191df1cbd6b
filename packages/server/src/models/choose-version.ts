import { HtxError, isHtxError, type ModelStore } from '@htx/core'
import type { ModelVersions } from './model-versions.ts'
import type { Reconciler } from './reconciler.ts'
import { versionKey } from './served-version.ts'

/** What is needed to change what serves. */
export interface VersionControls {
  readonly store: ModelStore
  readonly versions: ModelVersions
  readonly reconciler: Reconciler
}

/**
 * Makes a version serve, also an older one or one that is held back: until a newer one comes or, when it is pinned, until it is unpinned.
 * Resolves when it serves; one that cannot be loaded changes nothing.
 *
 * @throws HtxError `HTX_VERSION_NOT_FOUND`, `HTX_MODEL_LOAD_FAILED`, `HTX_MODELS_DIR_UNUSABLE`
 */
export async function chooseVersion(
  { store, versions, reconciler }: VersionControls,
  project: string,
  version: string,
  { pinned }: { readonly pinned: boolean },
): Promise<void> {
  await store.read(project, version)
  const before = await store.choice(project).catch(() => undefined)
  await store.choose(project, { version, pinned })
  // A person who asks has mended what made it fail.
  if (versions.stateOf(project, version)?.state === 'failed') {
    versions.setState(project, version, { state: 'discovered' })
  }
  reconciler.wake(`version ${version} was chosen`)
  await reconciler.settled()
  const state = versions.stateOf(project, version)
  if (state?.state !== 'failed') return
  await store.choose(project, before)
  reconciler.wake('a chosen version failed')
  throw new HtxError(
    'HTX_MODEL_LOAD_FAILED',
    `version ${version} cannot serve, and what served before goes on: ${state.reason}`,
  )
}

/**
 * Leaves it to the newest version of a project again, when this one was chosen; the choice of another stays.
 *
 * @throws HtxError `HTX_VERSION_NOT_FOUND`, `HTX_MODELS_DIR_UNUSABLE`
 */
export async function unchooseVersion(
  { store, reconciler }: VersionControls,
  project: string,
  version: string,
): Promise<void> {
  await store.read(project, version)
  if ((await store.choice(project))?.version !== version) return
  await store.choose(project, undefined)
  reconciler.wake('a version was unpinned')
  await reconciler.settled()
}

/**
 * Deletes a version that is not in use.
 *
 * @throws HtxError `HTX_VERSION_NOT_FOUND`; `HTX_VERSION_IN_USE` for one that serves or was chosen
 */
export async function deleteVersion(
  { store, versions, reconciler }: VersionControls,
  project: string,
  version: string,
): Promise<void> {
  // One whose manifest cannot be read is there all the same.
  await store.read(project, version).catch(error => {
    if (!isHtxError(error, 'HTX_MANIFEST_INVALID')) throw error
  })
  const choice = await store.choice(project).catch(() => undefined)
  const use = choice?.version === version ? 'was chosen to serve' : 'serves'
  if (choice?.version === version || versions.loaded(versionKey(project, version)) !== undefined) {
    throw new HtxError(
      'HTX_VERSION_IN_USE',
      `version ${version} of project ${project} ${use}; activate another one first, then delete it`,
    )
  }
  await store.delete(project, version)
  reconciler.wake('a version was deleted')
  await reconciler.settled()
}
