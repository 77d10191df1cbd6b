import { realpath, stat } from 'node:fs/promises'
import { join, normalize } from 'node:path'
import { HtxError } from '../errors/htx-error.ts'
import { manifestName } from './manifest.ts'
import { pathsInResources } from './stored-resources.ts'
import type { StoredVersion } from './stored-version.ts'
import { hashFile, listTree } from './version-files.ts'

/**
 * Compares the files of a version with its manifest: all that it lists, and all that its resources name.
 *
 * @param hash read every file and compare its SHA-256; else sizes only
 * @throws HtxError `HTX_VERSION_CORRUPT` with the first file that is missing or differs
 */
export async function verifyVersion(stored: StoredVersion, { hash }: { readonly hash: boolean }): Promise<void> {
  const { directory, manifest } = stored
  const root = await realpath(directory).catch(() => directory)
  for (const file of manifest.files) {
    const path = join(directory, file.path)
    const real = await realpath(path).catch(() => undefined)
    if (real === undefined) throw corrupt(stored, `${file.path} is missing`)
    if (real !== join(root, normalize(file.path)))
      throw corrupt(stored, `${file.path} is reached through a symbolic link`)
    const facts = await stat(path)
    if (!facts.isFile()) throw corrupt(stored, `${file.path} is no file`)
    if (facts.size !== file.sizeBytes) {
      throw corrupt(stored, `${file.path} must have ${file.sizeBytes} bytes and has ${facts.size}`)
    }
    if (!hash) continue
    const { sha256 } = await hashFile(path)
    if (sha256 !== file.sha256) throw corrupt(stored, `${file.path} must have SHA-256 ${file.sha256} and has ${sha256}`)
  }
  const listed = new Set(manifest.files.map(({ path }) => normalize(path)))
  for (const path of pathsInResources(manifest)) {
    for (const file of await filesBelow(path)) {
      if (!listed.has(file)) throw corrupt(stored, `its resources name ${path}, and ${file} is not in its manifest`)
    }
  }

  /** The files at or below a path that resources name; what is not there may still be made. */
  async function filesBelow(path: string): Promise<readonly string[]> {
    const inner = normalize(path).replace(/[/\\]$/, '')
    const real = await realpath(join(directory, inner)).catch(() => undefined)
    if (real === undefined) return []
    if (real !== join(root, inner)) throw corrupt(stored, `${path} is reached through a symbolic link`)
    if ((await stat(real)).isFile()) return [inner]
    const { files } = await listTree(real).catch(error => {
      throw corrupt(stored, `${path} holds what is neither a file nor a directory`, error)
    })
    const all = files.map(file => normalize(join(inner, file)))
    return inner === '.' ? all.filter(file => file !== manifestName) : all
  }
}

function corrupt({ project, version }: StoredVersion, problem: string, cause?: unknown): HtxError {
  return new HtxError(
    'HTX_VERSION_CORRUPT',
    `version ${version} of project ${project} is not as published: ${problem}. Copy it again, or delete it`,
    { cause },
  )
}
