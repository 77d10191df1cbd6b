import { randomUUID } from 'node:crypto'
import { access, constants, mkdir, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { HtxError } from '../errors/htx-error.ts'
import { orUnusable } from './or-unusable.ts'
import { removeByPrefix } from './version-files.ts'

/** A working directory that becomes a version. */
export interface StagedVersion {
  readonly project: string
  /** Absolute. Everything in it is part of the version. */
  readonly directory: string
}

/** The dot hides it from whoever lists versions. */
const stagingPrefix = '.staging-'

/**
 * Makes an empty working directory beside the versions of a project: a rename makes it one of them.
 *
 * @throws HtxError `HTX_MODELS_DIR_UNUSABLE`
 */
export async function makeStaging(root: string, project: string, label: string): Promise<StagedVersion> {
  const directory = join(root, project, `${prefixOf(label)}${randomUUID()}`)
  await orUnusable(root, 'write', async () => {
    await mkdir(directory, { recursive: true }).catch(async error => {
      // Node says of a read-only disk that there is no such file.
      await access(root, constants.W_OK)
      throw error
    })
  })
  // A train function may name its files by their real path.
  return { project, directory: await realpath(directory) }
}

/** Removes those of a label. */
export async function removeStaging(root: string, project: string, label: string): Promise<void> {
  await removeByPrefix(join(root, project), prefixOf(label))
}

/** Guards what is deleted and renamed. @throws HtxError `HTX_OPTION_INVALID` for a directory that `makeStaging` did not make there */
export async function expectStaged(root: string, { project, directory }: StagedVersion): Promise<void> {
  const real = await realpath(root).catch(() => root)
  if (basename(directory).startsWith(stagingPrefix) && dirname(directory) === join(real, project)) return
  throw new HtxError(
    'HTX_OPTION_INVALID',
    `expected a directory that stage() made in ${real} for project ${project}; got ${directory}`,
  )
}

function prefixOf(label: string): string {
  if (/^[A-Za-z0-9-]*$/.test(label)) return `${stagingPrefix}${label}.`
  throw new HtxError('HTX_OPTION_INVALID', `expected a label of letters, digits and «-»; got ${JSON.stringify(label)}`)
}
