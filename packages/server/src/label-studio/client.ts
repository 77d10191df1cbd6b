import type { Prediction } from '@htx/core'
import {
  checkBackends,
  checkCreated,
  checkModelVersions,
  checkProject,
  checkRelease,
  checkTokenSettings,
  checkWebhooks,
} from './answers.ts'
import { type LabelStudioSettings, openHttp } from './http.ts'
import { type ListTasksOptions, listTasks, type TaskPage } from './list-tasks.ts'

export interface LabelStudioProject {
  readonly labelConfig: string
  /** Which predictions people see: a version, or the title of a backend. */
  readonly modelVersion: string | undefined
  readonly showsPredictions: boolean
  readonly taskCount: number | undefined
}

/** A backend as Label Studio knows it, after it has asked it for its health and its setup. */
export interface ConnectedBackend {
  readonly id: number
  readonly url: string
  readonly title: string
  readonly state: 'connected' | 'disconnected' | 'error' | 'training' | 'predicting' | 'unknown'
  readonly errorMessage: string | undefined
  /** What `/setup` answered. */
  readonly modelVersion: string | undefined
  readonly isInteractive: boolean
  readonly hasBasicAuth: boolean
}

export interface ProjectWebhook {
  readonly id: number
  readonly url: string
  readonly isActive: boolean
  readonly sendsPayload: boolean
  readonly sendsAllActions: boolean
  readonly actions: readonly string[]
  readonly hasCredentials: boolean
  /** What it sends with each event. Secret: there may be credentials in it. */
  readonly headers: Readonly<Record<string, string>>
}

/** What a training, an import of predictions and `htx-check` need of Label Studio's API. */
export interface LabelStudioClient {
  /** Such as `1.23.2`; undefined when it does not say. */
  release(): Promise<string | undefined>
  project(id: string): Promise<LabelStudioProject>
  tasks(project: string, options?: ListTasksOptions): AsyncGenerator<TaskPage>
  /** Tasks that have annotations. */
  annotatedTasks(project: string, options?: Omit<ListTasksOptions, 'having'>): AsyncGenerator<TaskPage>
  /** Makes Label Studio ask each of them for its health and its setup. */
  backends(project: string): Promise<readonly ConnectedBackend[]>
  webhooks(project: string): Promise<readonly ProjectWebhook[]>
  changeWebhook(id: number, change: Pick<ProjectWebhook, 'headers' | 'isActive'>): Promise<void>
  /** How many predictions there are of each version; undefined when it does not say. */
  modelVersions(project: string): Promise<ReadonlyMap<string, number> | undefined>
  /** False when the organisation has switched legacy tokens off; undefined where nobody can. */
  acceptsLegacyTokens(): Promise<boolean | undefined>
  /** @returns how many it took: it leaves out what it does not find valid, and does not say which */
  importPredictions(project: string, predictions: readonly TaskPrediction[]): Promise<number>
}

/** A prediction for a task that Label Studio has. */
export interface TaskPrediction extends Prediction {
  /** Its id. */
  readonly task: number
}

const states: Readonly<Record<string, ConnectedBackend['state']>> = {
  CO: 'connected',
  DI: 'disconnected',
  ER: 'error',
  TR: 'training',
  PR: 'predicting',
}

/**
 * A client of Label Studio's API; nothing is asked before the first call. What passes (429, 5xx, broken connections) is asked again with
 * growing pauses, as long as Label Studio says if it says so; an import is sent once.
 *
 * Its calls throw HtxError `HTX_LABEL_STUDIO_UNREACHABLE`, `HTX_LABEL_STUDIO_REFUSED`, and the reason of the signal.
 */
export function openLabelStudio(settings: LabelStudioSettings): LabelStudioClient {
  const http = openHttp(settings)
  const projectPath = (id: string, rest = '') => `api/projects/${encodeURIComponent(id)}/${rest}`
  return {
    async release() {
      return checkRelease((await http.find('api/version')) ?? {}).release
    },
    async project(id) {
      const project = checkProject(await http.get(projectPath(id)))
      return {
        labelConfig: project.label_config,
        modelVersion: project.model_version || undefined,
        showsPredictions: project.show_collab_predictions !== false,
        taskCount: project.task_number ?? undefined,
      }
    },
    tasks: (project, options) => listTasks(http, project, options),
    annotatedTasks: (project, options) => listTasks(http, project, { ...options, having: 'annotations' }),
    async backends(project) {
      const backends = checkBackends(await http.get('api/ml', { project }))
      return backends.map(backend => ({
        id: backend.id,
        url: backend.url,
        title: backend.title ?? '',
        state: states[backend.state ?? ''] ?? 'unknown',
        errorMessage: backend.error_message || undefined,
        modelVersion: backend.model_version || undefined,
        isInteractive: backend.is_interactive === true,
        hasBasicAuth: backend.auth_method === 'BASIC_AUTH',
      }))
    },
    async webhooks(project) {
      const webhooks = checkWebhooks((await http.find('api/webhooks/', { project })) ?? [])
      return webhooks.map(webhook => ({
        id: webhook.id,
        url: webhook.url,
        isActive: webhook.is_active !== false,
        sendsPayload: webhook.send_payload !== false,
        sendsAllActions: webhook.send_for_all_actions !== false,
        actions: webhook.actions ?? [],
        hasCredentials: Object.keys(webhook.headers ?? {}).some(name => name.toLowerCase() === 'authorization'),
        headers: webhook.headers ?? {},
      }))
    },
    async changeWebhook(id, { headers, isActive }) {
      await http.patch(`api/webhooks/${id}/`, { headers, is_active: isActive })
    },
    async modelVersions(project) {
      const counts = await http.find(projectPath(project, 'model-versions/'))
      return counts === undefined ? undefined : new Map(Object.entries(checkModelVersions(counts)))
    },
    async acceptsLegacyTokens() {
      return checkTokenSettings((await http.find('api/jwt/settings')) ?? {}).legacy_api_tokens_enabled
    },
    async importPredictions(project, predictions) {
      return checkCreated(await http.post(projectPath(project, 'import/predictions'), predictions)).created
    },
  }
}
