import { HtxError, isHtxError, messageOf } from '../errors/htx-error.ts'

/** By what the system says. */
const mends: Readonly<Record<string, string>> = {
  EEXIST: 'A file is in the way: choose',
  ENOTDIR: 'A file is in the way: choose',
  ENOSPC: 'Its disk is full: make space, or choose',
  EDQUOT: 'Its disk is full: make space, or choose',
  EROFS: 'It is mounted read-only: mount it for writing, or choose',
}

/** Does what needs the models directory. @throws HtxError `HTX_MODELS_DIR_UNUSABLE` with what mends it, for an error that is none of ours */
export async function orUnusable<T>(directory: string, use: 'read' | 'write', work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isHtxError(error)) throw error
    const { code = '' } = error as NodeJS.ErrnoException
    throw new HtxError(
      'HTX_MODELS_DIR_UNUSABLE',
      `${directory} must be a directory that this user may ${use}: ${messageOf(error)}. ${mends[code] ?? 'Change its owner or mode, or choose'} another with --models-dir`,
      { cause: error },
    )
  }
}
