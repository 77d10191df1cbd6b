import { HtxError } from '../errors/htx-error.ts'
import { showUrl } from './show-value.ts'
import { unreachable } from './unreachable.ts'

/** Client errors that say nothing about the value: ask again, later or as somebody else. */
const passing: readonly number[] = [407, 408, 421, 425, 429]

/**
 * What a status other than 200 means: `HTX_TASK_DATA_INVALID` when the value names nothing that can be had,
 * `HTX_TASK_DATA_UNREACHABLE` when the same value may work another time.
 */
export function refusalOf(url: URL, status: number, hadKey: boolean): HtxError {
  if (status === 401 || status === 403) {
    const advice = hadKey
      ? 'it refuses the API key; check LABEL_STUDIO_API_KEY, and that Label Studio has tokens of its kind enabled'
      : 'it asks for credentials, and none are known for it; LABEL_STUDIO_API_KEY goes to LABEL_STUDIO_URL alone'
    return unreachable(url, `the server answers ${status}: ${advice}`)
  }
  if (status >= 400 && status < 500 && !passing.includes(status)) {
    return new HtxError(
      'HTX_TASK_DATA_INVALID',
      `${showUrl(url)} is not to be had: the server answers ${status}; check the task's data`,
    )
  }
  return unreachable(url, `the server answers ${status}`)
}
