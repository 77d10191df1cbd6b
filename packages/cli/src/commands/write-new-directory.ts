import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { HtxError, messageOf } from '@htx/core'

/**
 * Writes files into a directory that is new or empty: all of them, or, when something fails, none.
 *
 * @param directory absolute
 * @throws HtxError `HTX_OPTION_INVALID` when it holds something, or cannot be written
 */
export async function writeNewDirectory(directory: string, files: ReadonlyMap<string, string>): Promise<void> {
  const exists = await isEmptyDirectory(directory)
  const parent = dirname(directory)
  // Beside what it becomes. Beside a directory that is there could be another file system, or one that may not be written: a volume's.
  const staging = join(exists ? directory : parent, `.${basename(directory)}-${randomBytes(4).toString('hex')}`)
  let firstMade: string | undefined
  try {
    firstMade = await mkdir(parent, { recursive: true })
    await mkdir(staging)
    for (const [name, text] of files)
      await writeFile(join(staging, name), text, { mode: name === '.env' ? 0o600 : 0o644 })
    if (exists) await moveInto(directory, staging, files.keys())
    else await rename(staging, directory)
  } catch (error) {
    if (firstMade !== undefined) await rm(firstMade, { recursive: true, force: true })
    throw new HtxError('HTX_OPTION_INVALID', `${directory} cannot be written: ${messageOf(error)}`, { cause: error })
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

/** @returns false when there is none. @throws HtxError `HTX_OPTION_INVALID` when there is something in it, or it is no directory */
export async function isEmptyDirectory(directory: string): Promise<boolean> {
  let names: string[]
  try {
    names = await readdir(directory)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw new HtxError(
      'HTX_OPTION_INVALID',
      `${directory} cannot be used: ${messageOf(error)}. Choose another directory`,
      {
        cause: error,
      },
    )
  }
  if (names.length === 0) return true
  const some = names.sort().slice(0, 3).join(', ')
  throw new HtxError(
    'HTX_OPTION_INVALID',
    `expected a directory that is new or empty; ${directory} holds ${some}${names.length > 3 ? ', …' : ''}. Nothing was written: choose another directory`,
  )
}

/** Of a directory that is there: somebody may stand in it, so it is filled, not replaced. */
async function moveInto(directory: string, staging: string, names: Iterable<string>): Promise<void> {
  const moved: string[] = []
  try {
    for (const name of names) {
      await rename(join(staging, name), join(directory, name))
      moved.push(name)
    }
  } catch (error) {
    for (const name of moved) await rm(join(directory, name), { force: true })
    throw error
  }
}
