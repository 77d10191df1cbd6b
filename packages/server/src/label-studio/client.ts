import { HtxError } from '@htx/core'

export interface LabelStudioSettings {
  readonly url: string
  readonly token: string
  readonly signal?: AbortSignal
  onRetry?(retry: { readonly attempt: number; readonly reason: string; readonly waitMs: number }): void
}

export function openLabelStudio(settings: LabelStudioSettings) {
  const ask = async (path: string) => {
    const response = await fetch(new URL(path, `${settings.url.replace(/\/*$/, '')}/`), {
      headers: { authorization: `Token ${settings.token}` },
      ...(settings.signal === undefined ? {} : { signal: settings.signal }),
    }).catch(error => {
      throw new HtxError('HTX_INTERNAL', `${settings.url} cannot be reached: ${error.cause?.message ?? error.message}`)
    })
    return response
  }
  return {
    async project(id: string): Promise<{ label_config: string }> {
      return (await (await ask(`api/projects/${id}/`)).json()) as { label_config: string }
    },
    async *annotatedTasks(id: string, { fromPage = 1 } = {}) {
      for (let page = fromPage; ; page += 1) {
        const response = await ask(`api/tasks/?project=${id}&page=${page}&page_size=100&fields=all`)
        if (response.status === 404) return
        const { tasks, total } = (await response.json()) as { tasks: unknown[]; total: number | undefined }
        if (tasks.length === 0) return
        yield { page, tasks, total }
      }
    },
  }
}
