import { HtxError, isHtxError } from '../errors/htx-error.ts'
import { storeResources } from '../manifest/stored-resources.ts'
import type { Metrics } from './train-fn.ts'

/**
 * Checks what a train function returned, while it is still as it was returned: what JSON would silently change is told by its path.
 *
 * @param workingDir where its files lie
 * @throws HtxError `HTX_TRAINING_FAILED`
 */
export function checkResources(returned: unknown, workingDir: string): asserts returned is Record<string, unknown> {
  try {
    storeResources(returned, workingDir)
  } catch (error) {
    if (!isHtxError(error, 'HTX_MANIFEST_INVALID')) throw error
    throw new HtxError('HTX_TRAINING_FAILED', `what train() returned cannot be kept: ${error.message}`, {
      cause: error,
    })
  }
}

/** The finite figures of `metrics`, if it is such a thing. */
export function readMetrics(metrics: unknown): Metrics | undefined {
  if (typeof metrics !== 'object' || metrics === null || Array.isArray(metrics)) return undefined
  const figures = Object.entries(metrics).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number' && Number.isFinite(entry[1]),
  )
  return figures.length === 0 ? undefined : Object.fromEntries(figures)
}
