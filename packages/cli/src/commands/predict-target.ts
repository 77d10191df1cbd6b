import { realpath } from 'node:fs/promises'
import { HtxError } from '@htx/core'
import { type LabelStudioClient, openLabelStudio } from '@htx/server'

/** Where tasks come from and predictions go to. */
export type PredictTarget =
  | { readonly kind: 'file'; readonly data: string; readonly out: string }
  | { readonly kind: 'project'; readonly id: string; readonly client: LabelStudioClient }

/** The flags that name it. */
export interface TargetFlags {
  readonly data?: string
  readonly out?: string
  readonly labelStudioProject?: string
  readonly labelStudioUrl?: string
  readonly labelStudioApiKey?: string
}

/** @param onRetry hears of requests to Label Studio that are sent again @throws HtxError `HTX_OPTION_INVALID` */
export async function targetOf(
  flags: TargetFlags,
  onRetry: (retry: { readonly reason: string }) => void,
  signal: AbortSignal,
): Promise<PredictTarget> {
  const { data, out, labelStudioProject: id, labelStudioUrl: url, labelStudioApiKey: token } = flags
  if (id === undefined) {
    if (data !== undefined && out !== undefined) {
      await expectTwoFiles(data, out)
      return { kind: 'file', data, out }
    }
    throw new HtxError(
      'HTX_OPTION_INVALID',
      'give --data tasks.json and --out predictions.json, or --label-studio-project 12',
    )
  }
  if (data !== undefined || out !== undefined) {
    throw new HtxError('HTX_OPTION_INVALID', 'give --data and --out, or --label-studio-project, not both')
  }
  if (url === undefined || token === undefined) {
    throw new HtxError('HTX_OPTION_INVALID', '--label-studio-project needs LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY')
  }
  return { kind: 'project', id, client: openLabelStudio({ url, token, signal, onRetry }) }
}

/** Whatever they are called. @throws HtxError `HTX_OPTION_INVALID` */
async function expectTwoFiles(data: string, out: string): Promise<void> {
  const [from, to] = await Promise.all([data, out].map(path => realpath(path).catch(() => undefined)))
  if (from === undefined || from !== to) return
  throw new HtxError(
    'HTX_OPTION_INVALID',
    `--out ${out} is the file of --data, which would be lost. Give the predictions a file of their own`,
  )
}
