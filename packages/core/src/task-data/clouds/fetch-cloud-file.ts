import { HtxError, isHtxError } from '../../errors/htx-error.ts'
import type { Connections } from '../addresses/connections.ts'
import type { FileSink } from '../cache/content-files.ts'
import { type DownloadLimits, download } from '../download.ts'
import type { LabelStudioAccess } from '../label-studio/access.ts'
import type { CloudLocation } from './cloud-location.ts'
import type { CloudObjects } from './fetch-object.ts'

export interface CloudFile {
  readonly location: CloudLocation
  readonly labelStudio: LabelStudioAccess | undefined
  /** The route on which Label Studio gives it out; undefined when that cannot be asked for. */
  readonly route: URL | undefined
}

/**
 * Brings a file from a cloud: through Label Studio, which knows the project's storages and their credentials; where it knows none for this
 * file, or there is none to ask, with the cloud's own SDK.
 *
 * @returns its media type; `''` when none is known
 */
export async function fetchCloudFile(
  sink: FileSink,
  { location, labelStudio, route }: CloudFile,
  { connections, objects, limits }: { connections: Connections; objects: CloudObjects; limits: DownloadLimits },
  signal: AbortSignal,
): Promise<string> {
  if (route === undefined) return objects.fetchTo(sink, location, signal)
  try {
    const { mediaType } = await download({ url: route, labelStudio, signal, sink }, connections, limits)
    return mediaType
  } catch (error) {
    if (!isHtxError(error, 'HTX_TASK_DATA_INVALID')) throw error
  }
  await sink.restart()
  try {
    return await objects.fetchTo(sink, location, signal)
  } catch (error) {
    if (!isHtxError(error)) throw error
    const message = `Label Studio has no storage in the project that holds it; ${error.message}`
    throw new HtxError(error.code, message, { cause: error.cause })
  }
}
