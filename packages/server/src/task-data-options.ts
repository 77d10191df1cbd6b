import { resolve } from 'node:path'
import { completeTaskDataOptions, type TaskDataOptions, Type } from '@htx/core'
import type { Static, TObject } from 'typebox'

/*
 * Options of the files behind task data: meaning, unit, default.
 */

const Positive = (description: string) => Type.Integer({ minimum: 1, description })

export const taskDataProperties = {
  labelStudio: Type.Optional(
    Type.Object(
      { url: Type.String({ minLength: 1 }), apiKey: Type.Optional(Type.String()) },
      {
        description:
          'Label Studio, as it is reached from here, and a token of it. Default: where it says that it is, with the token that it sends.',
      },
    ),
  ),
  dataRoot: Type.Optional(Type.String({ description: 'Directory whose files tasks may name by path. Default: none.' })),
  localFilesRoot: Type.Optional(
    Type.String({
      description:
        'Document root of Label Studio’s local files, when it is a directory here, too: they are not downloaded. Default: none.',
    }),
  ),
  allowAddresses: Type.Optional(
    Type.Array(Type.String({ minLength: 1 }), {
      description:
        'Addresses and ranges beside the public ones that tasks may name hosts of, such as 10.0.0.0/8; any for all. Default: none.',
    }),
  ),
  caFile: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'Certificate authorities in PEM, beside those of the runtime. Default: none.',
    }),
  ),
  fileLimitBytes: Type.Optional(Positive('Largest file of a task. Default: 256 MiB.')),
  cacheLimitBytes: Type.Optional(
    Positive('Most bytes of files that are kept; must hold those of the largest batch. Default: 1 GiB.'),
  ),
  downloadsAtOnce: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 256,
      description:
        'Most downloads at once, over all requests; those for people who wait in the editor have as many again. Default: 16, or 8 a worker where that is more.',
    }),
  ),
  downloadTimeoutMs: Type.Optional(Positive('Longest download of a file, milliseconds. Default: 120,000.')),
}

/** Names of these options. */
export type TaskDataOption = keyof typeof taskDataProperties

type Given = Static<TObject<typeof taskDataProperties>>

/** The same for those who open task data, paths absolute. @throws HtxError `HTX_OPTION_INVALID` */
export function completeTaskData(given: Given): Omit<TaskDataOptions, 'cacheDir'> {
  const { labelStudio, dataRoot, localFilesRoot, allowAddresses, caFile } = given
  const { fileLimitBytes, cacheLimitBytes, downloadsAtOnce } = given
  const options = Object.fromEntries(
    Object.entries({
      labelStudio,
      root: dataRoot && resolve(dataRoot),
      localFilesRoot: localFilesRoot && resolve(localFilesRoot),
      allowAddresses,
      caFile: caFile && resolve(caFile),
      fileLimitBytes,
      cacheLimitBytes,
      downloadsAtOnce,
      timeoutMs: given.downloadTimeoutMs,
    }).filter(([, value]) => value !== undefined),
  )
  completeTaskDataOptions(options)
  return Object.freeze(options)
}
