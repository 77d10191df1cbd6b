import type { ModelStore } from '@htx/core'

/**
 * Deletes a project's versions but the newest.
 *
 * @param isNeeded true for a version that serves, answers its last requests or was chosen by a person: it stays, however old
 */
export async function pruneVersions(
  store: ModelStore,
  project: string,
  keep: number,
  isNeeded: (version: string) => boolean,
): Promise<string[]> {
  const names = await store.versions(project)
  const old = names.slice(0, Math.max(0, names.length - keep)).filter(version => !isNeeded(version))
  for (const version of old) await store.delete(project, version)
  return old
}
