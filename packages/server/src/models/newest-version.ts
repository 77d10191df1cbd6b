import { access } from 'node:fs/promises'
import { defaultProject, ModelStore, type StoredVersion } from '@htx/core'

/**
 * The version that a server would serve a project with: its newest that is not held back, else the newest of `default`.
 *
 * @returns undefined when there is none, and the model serves untrained
 * @throws HtxError `HTX_VERSION_CORRUPT`, `HTX_MANIFEST_INVALID`: a server would serve an older one, but who asks for predictions by hand is to know
 */
export async function newestVersion(modelsDir: string, project: string): Promise<StoredVersion | undefined> {
  const isThere = await access(modelsDir).then(
    () => true,
    () => false,
  )
  if (!isThere) return undefined
  const store = await ModelStore.open(modelsDir)
  for (const owner of new Set([project, defaultProject])) {
    for (const name of (await store.versions(owner)).toReversed()) {
      const stored = await store.read(owner, name)
      if (stored.manifest.held !== undefined) continue
      await store.verify(stored)
      return stored
    }
  }
  return undefined
}
