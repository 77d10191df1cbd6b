import type { ModelServerOptions } from '@htx/server'
import type { Command } from 'commander'
import { collectList, count, defined, flag, seconds } from './flags.ts'

/** What says how files behind task data are brought here, in every program that reads tasks. */
export interface TaskDataFlags {
  readonly labelStudioUrl?: string
  readonly labelStudioApiKey?: string
  readonly dataRoot?: string
  readonly localFilesRoot?: string
  readonly allowAddress?: string[]
  readonly caFile?: string
  readonly fileLimit?: number
  readonly fileCache?: number
  readonly downloads?: number
  readonly downloadTimeout?: number
}

/** @param options `inHelp: false` leaves out of `--help` what few need */
export function addTaskDataFlags(command: Command, { inHelp }: { readonly inHelp: boolean }): Command {
  const rare = [
    flag(
      '--local-files-root <directory>',
      'root of Label Studio’s local files, where it is a directory here, too',
      'HTX_LOCAL_FILES_ROOT',
      'LOCAL_FILES_DOCUMENT_ROOT',
      'LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT',
    ),
    flag('--ca-file <file>', 'certificate authorities to trust, too (PEM)', 'HTX_CA_FILE'),
    flag('--file-limit <MiB>', 'largest file of a task (default: 256)', 'HTX_FILE_LIMIT').argParser(count),
    flag('--file-cache <MiB>', 'files of tasks that are kept (default: 1024)', 'HTX_FILE_CACHE').argParser(count),
    flag('--downloads <number>', 'most downloads at once (default: 16, or 8 a worker)', 'HTX_DOWNLOADS').argParser(
      count,
    ),
    flag('--download-timeout <seconds>', 'longest download (default: 120)', 'HTX_DOWNLOAD_TIMEOUT').argParser(seconds),
  ]
  command
    .addOption(flag('--label-studio-url <url>', 'where Label Studio is, seen from here', 'LABEL_STUDIO_URL'))
    .addOption(flag('--label-studio-api-key <key>', 'its token; better in the environment', 'LABEL_STUDIO_API_KEY'))
    .addOption(flag('--data-root <directory>', 'tasks may name files in it', 'HTX_DATA_ROOT'))
    .addOption(
      flag(
        '--allow-address <ranges>',
        'private addresses that tasks may name, such as 10.0.0.0/8',
        'HTX_ALLOW_ADDRESS',
      ).argParser(collectList),
    )
  for (const option of rare) command.addOption(option.hideHelp(!inHelp))
  return command
}

export function taskDataOptions(flags: TaskDataFlags): Partial<ModelServerOptions> {
  const { labelStudioUrl: url, labelStudioApiKey: apiKey, dataRoot, localFilesRoot, caFile } = flags
  return {
    labelStudio: url === undefined ? undefined : defined({ url, apiKey }),
    dataRoot,
    localFilesRoot,
    allowAddresses: flags.allowAddress,
    caFile,
    fileLimitBytes: mebibytes(flags.fileLimit),
    cacheLimitBytes: mebibytes(flags.fileCache),
    downloadsAtOnce: flags.downloads,
    downloadTimeoutMs: flags.downloadTimeout,
  } as Partial<ModelServerOptions>
}

function mebibytes(count: number | undefined): number | undefined {
  return count === undefined ? undefined : count * 1024 * 1024
}
