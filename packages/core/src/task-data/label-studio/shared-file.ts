import { findLocalFile } from '../local-file.ts'

/** The route of Label Studio for local files, under whatever address; then its query. */
const localFiles = /^(?:https?:\/\/[^/?#]+)?(?:\/[^?#]*)?\/data\/local-files\/?\?(.*)$/is

/**
 * The file behind a `/data/local-files/?d=…` value, when Label Studio's document root is a directory here, too. Whose URL it is does not
 * matter: only this route is taken, and only files under `root` are found.
 *
 * @returns undefined when it is not there: Label Studio may still give it out
 */
export async function findSharedFile(value: string, root: string | undefined): Promise<string | undefined> {
  const query = localFiles.exec(value)?.[1]
  if (root === undefined || query === undefined) return undefined
  for (const name of namesIn(query)) {
    // As Label Studio does: a path is always meant below the root.
    const path = await findLocalFile(`./${name}`, root).catch(() => undefined)
    if (path !== undefined) return path
  }
  return undefined
}

/** Label Studio encodes the name; other writers of tasks do not always. */
function namesIn(query: string): Set<string> {
  const raw = /(?:^|&)d=(.*)$/s.exec(query)?.[1] ?? ''
  const names = new Set([new URLSearchParams(query).get('d') ?? ''])
  for (const part of [raw.split('&', 1)[0] ?? '', raw]) {
    try {
      // Unlike the query's own rules: a + is a +.
      names.add(decodeURIComponent(part))
    } catch {
      // A lone percent sign.
    }
    names.add(part)
  }
  names.delete('')
  return names
}
