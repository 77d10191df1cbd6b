import { readFileSync } from 'node:fs'
import { lstat, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { HtxError } from '../errors/htx-error.ts'
import {
  checkManifest,
  largestManifestBytes,
  type Manifest,
  manifestFormat,
  manifestName,
  type VersionFile,
} from './manifest.ts'
import type { StagedVersion } from './staging.ts'
import { storeResources } from './stored-resources.ts'
import { hashFile, listTree, syncToDisk } from './version-files.ts'

export interface PublishOptions {
  /** What the train function returned: JSON; paths inside the staged directory are stored relative to it. */
  readonly resources: object
  readonly metrics?: Readonly<Record<string, number>>
  /** Version that the training went on from. */
  readonly parent?: string
  /** Id of the training that made it. */
  readonly job?: string
  /** Why it is not to go live by itself. */
  readonly held?: string
  /** Default: a new name from the time. */
  readonly version?: string
}

/**
 * Turns a working directory into the version of that name: complete or absent, also after a loss of power.
 *
 * @throws HtxError `HTX_VERSION_EXISTS`; `HTX_MANIFEST_INVALID` for files or resources that could not move with the directory
 */
export async function publishVersion(staged: StagedVersion, version: string, options: PublishOptions): Promise<void> {
  const { directory, project } = staged
  const target = join(dirname(directory), version)
  await expectAbsent(target)
  const manifest = await describeVersion(staged, version, options)
  const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)
  if (text.length > largestManifestBytes) {
    throw new HtxError(
      'HTX_MANIFEST_INVALID',
      `a manifest may have ${largestManifestBytes} bytes; this one would have ${text.length}. Write large resources to files in the working directory`,
    )
  }
  const manifestPath = join(directory, manifestName)
  try {
    await writeFile(manifestPath, text, { flag: 'wx' })
    await syncToDisk(manifestPath)
    await syncToDisk(directory)
    await rename(directory, target)
  } catch (error) {
    await rm(manifestPath, { force: true })
    if (['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw exists(target, error)
    throw error
  }
  await syncToDisk(dirname(target))
  // The project's directory may be new, too.
  await syncToDisk(dirname(dirname(target)))

  function exists(path: string, cause?: unknown): HtxError {
    const message = `${path} exists already, and versions are never overwritten. Publish project ${project} under another name`
    return new HtxError('HTX_VERSION_EXISTS', message, { cause })
  }

  // rename() would replace an empty directory.
  async function expectAbsent(path: string): Promise<void> {
    const there = await lstat(path).catch(() => undefined)
    if (there !== undefined) throw exists(path)
  }
}

async function describeVersion(staged: StagedVersion, version: string, options: PublishOptions): Promise<Manifest> {
  const { directory, project } = staged
  const { metrics, parent, job, held } = options
  const tree = await listTree(directory)
  if (tree.files.includes(manifestName)) {
    throw new HtxError(
      'HTX_MANIFEST_INVALID',
      `${manifestName} is written by htx; give the file of that name in ${directory} another one`,
    )
  }
  const files: VersionFile[] = []
  for (const path of tree.files) {
    files.push({ path, ...(await hashFile(join(directory, path))) })
    await syncToDisk(join(directory, path))
  }
  for (const path of tree.directories) await syncToDisk(join(directory, path))
  return checkManifest({
    format: manifestFormat,
    project,
    version,
    createdAt: new Date().toISOString(),
    ...(parent === undefined ? {} : { parent }),
    ...(job === undefined ? {} : { job }),
    htxVersion: readHtxVersion(),
    ...storeResources(options.resources, directory),
    files,
    ...(metrics === undefined ? {} : { metrics }),
    ...(held === undefined ? {} : { held }),
  })
}

function readHtxVersion(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
}
