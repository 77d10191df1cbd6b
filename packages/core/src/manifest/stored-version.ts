import { lstat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { HtxError, isHtxError, messageOf } from '../errors/htx-error.ts'
import { largestManifestBytes, type Manifest, manifestName, parseManifest } from './manifest.ts'
import { readSmallFile } from './read-small-file.ts'
import { restoreResources } from './stored-resources.ts'

/** A version whose manifest was read. */
export interface StoredVersion {
  readonly project: string
  readonly version: string
  /** Absolute. */
  readonly directory: string
  readonly manifest: Manifest
  /** As `load()` gets them: the paths in them are absolute. */
  readonly resources: Record<string, unknown>
}

/** Reads a version's manifest. @throws HtxError `HTX_VERSION_NOT_FOUND`, `HTX_MANIFEST_INVALID` */
export async function readVersion(root: string, project: string, version: string): Promise<StoredVersion> {
  const directory = join(root, project, version)
  let text: string
  try {
    await expectDirectory(dirname(directory))
    await expectDirectory(directory)
    text = await readSmallFile(join(directory, manifestName), largestManifestBytes)
  } catch (error) {
    if (isHtxError(error)) throw error
    throw new HtxError(
      'HTX_VERSION_NOT_FOUND',
      `project ${project} has no version ${version} in ${root}: ${messageOf(error)}`,
      { cause: error },
    )
  }
  const manifest = parseManifest(text)
  return { project, version, directory, manifest, resources: restoreResources(manifest, directory) }
}

/** A symbolic link to one is passed over where versions are listed, and so here. */
async function expectDirectory(path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) throw new Error(`${path} is no directory`)
}
