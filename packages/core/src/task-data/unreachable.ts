import { HtxError } from '../errors/htx-error.ts'
import { showUrl } from './show-value.ts'

/** The other side failed. */
export function unreachable(url: URL, why: string, cause?: unknown): HtxError {
  return new HtxError('HTX_TASK_DATA_UNREACHABLE', `${showUrl(url)} could not be fetched: ${why}`, { cause })
}
