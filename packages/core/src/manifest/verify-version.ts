import { realpath, stat } from 'node:fs/promises'
import { join, normalize } from 'node:path'
import { HtxError } from '../errors/htx-error.ts'
import type { StoredVersion } from './stored-version.ts'
import { hashFile } from './version-files.ts'

/**
 * Compares the files of a version with its manifest.
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
}

function corrupt({ project, version }: StoredVersion, problem: string): HtxError {
  return new HtxError(
    'HTX_VERSION_CORRUPT',
    `version ${version} of project ${project} is not as published: ${problem}. Copy it again, or delete it`,
  )
}
