import { HtxError, isHtxError } from '../../errors/htx-error.ts'

/** A full disk is neither the value's fault nor the other side's. */
export async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isHtxError(error)) throw error
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException
    const message = `a file of task data cannot be kept on disk: ${code}; see to the space and the rights of its cacheDir`
    throw new HtxError('HTX_INTERNAL', message, { cause: error })
  }
}
