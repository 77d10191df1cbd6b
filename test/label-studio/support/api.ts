import { request } from 'node:http'
import { text as readText } from 'node:stream/consumers'

/** A region as Label Studio stores it. */
export interface StoredRegion {
  readonly id?: string
  readonly from_name: string
  readonly to_name: string
  readonly type: string
  readonly value: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

/** A prediction or an annotation as Label Studio stores it. */
export interface StoredResult {
  readonly id: number
  readonly result: readonly StoredRegion[]
  readonly score?: number | null
  readonly model_version?: string | null
}

export interface StoredTask {
  readonly id: number
  readonly data: Readonly<Record<string, unknown>>
  readonly predictions: readonly StoredResult[]
  readonly annotations: readonly StoredResult[]
}

export interface Project {
  readonly id: number
  readonly title: string
  readonly total_predictions_number: number
  readonly [field: string]: unknown
}

/** A connected backend, as `Settings > Model` shows it. */
export interface ConnectedBackend {
  readonly id: number
  readonly url: string
  /** `CO` connected, `DI` no answer, `ER` its /setup failed, `TR` training. */
  readonly state: string
  readonly error_message: string | null
  readonly model_version: string | null
}

export interface Webhook {
  readonly id: number
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly is_active: boolean
}

/** An answer of Label Studio with another status than 2xx: what its dialogs show is in the message. */
export class ApiRefusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** The part of Label Studio's API that the tests use, on 1.8 and later. */
export interface LabelStudioApi {
  createProject(title: string, labelConfig: string): Promise<Project>
  project(id: number): Promise<Project>
  /** @returns ids of the tasks, in order */
  importTasks(project: number, data: readonly object[]): Promise<number[]>
  /** Uploads files, each of which becomes a task. */
  upload(project: number, files: readonly { readonly name: string; readonly bytes: Uint8Array }[]): Promise<void>
  /** The tasks with all their predictions and annotations, by id. */
  tasks(project: number): Promise<StoredTask[]>
  annotate(task: number, result: readonly object[]): Promise<StoredResult>
  /** What «Connect Model» does. @throws ApiRefusal with the words that the dialog shows */
  connect(project: number, url: string, fields?: object): Promise<ConnectedBackend>
  /** Asks each backend of the project how it is. */
  backends(project: number): Promise<ConnectedBackend[]>
  /** The button «Start Training». */
  train(backend: number): Promise<void>
  /** What a smart tool of the editor asks. */
  interactive(backend: number, task: number, context: object): Promise<InteractiveAnswer>
  /** The action «Retrieve Predictions» over all tasks. */
  retrievePredictions(project: number): Promise<void>
  webhooks(project: number): Promise<Webhook[]>
  changeWebhook(webhook: number, fields: object): Promise<void>
  /** Adds a directory below the document root as source storage and reads it. */
  syncLocalFiles(project: number, path: string): Promise<void>
}

export interface InteractiveAnswer {
  readonly data?: { readonly result: readonly StoredRegion[] }
  readonly errors?: readonly string[]
}

/** @param url such as `http://127.0.0.1:8080` */
export function openApi(url: string, token: string): LabelStudioApi {
  async function ask<T>(method: string, path: string, body?: object): Promise<T> {
    const { status, text } = await send(method, url + path, token, body)
    if (status >= 400) throw new ApiRefusal(status, text)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  return {
    createProject: (title, labelConfig) => ask('POST', '/api/projects', { title, label_config: labelConfig }),
    project: id => ask('GET', `/api/projects/${id}`),
    async importTasks(project, data) {
      const tasks = data.map(fields => ({ data: fields }))
      const path = `/api/projects/${project}/import?return_task_ids=true`
      return (await ask<{ task_ids: number[] }>('POST', path, tasks)).task_ids
    },
    async upload(project, files) {
      const form = new FormData()
      for (const { name, bytes } of files) form.append(name, new Blob([new Uint8Array(bytes)]), name)
      const headers = { authorization: `Token ${token}` }
      const response = await fetch(`${url}/api/projects/${project}/import`, { method: 'POST', headers, body: form })
      if (!response.ok) throw new ApiRefusal(response.status, await response.text())
    },
    async tasks(project) {
      const query = `project=${project}&fields=all&page_size=1000`
      const { tasks } = await ask<{ tasks: StoredTask[] }>('GET', `/api/tasks?${query}`)
      return tasks.toSorted((one, other) => one.id - other.id)
    },
    annotate: (task, result) => ask('POST', `/api/tasks/${task}/annotations`, { result }),
    connect: (project, backend, fields = {}) =>
      ask('POST', '/api/ml', { project, url: backend, title: 'htx', ...fields }),
    backends: project => ask('GET', `/api/ml?project=${project}`),
    train: backend => ask('POST', `/api/ml/${backend}/train`, {}),
    interactive: (backend, task, context) =>
      ask('POST', `/api/ml/${backend}/interactive-annotating`, { task, context }),
    async retrievePredictions(project) {
      const selected = { selectedItems: { all: true, excluded: [] }, filters: { conjunction: 'and', items: [] } }
      await ask('POST', `/api/dm/actions?id=retrieve_tasks_predictions&project=${project}`, selected)
    },
    webhooks: project => ask('GET', `/api/webhooks/?project=${project}`),
    changeWebhook: (webhook, fields) => ask('PATCH', `/api/webhooks/${webhook}/`, fields),
    async syncLocalFiles(project, path) {
      const fields = { project, path, title: 'files', use_blob_urls: true, regex_filter: '.*' }
      const { id } = await ask<{ id: number }>('POST', '/api/storages/localfiles', fields)
      await ask('POST', `/api/storages/localfiles/${id}/sync`, {})
    },
  }
}

/** With `node:http`, since fetch gives up after five minutes: SQLite on a busy machine takes longer for 1,000 predictions. */
function send(
  method: string,
  url: string,
  token: string,
  body: object | undefined,
): Promise<{ status: number; text: string }> {
  const json = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
  const headers = {
    authorization: `Token ${token}`,
    ...(json === undefined ? {} : { 'content-type': 'application/json', 'content-length': json.length }),
  }
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers }, response => {
      readText(response).then(text => resolve({ status: response.statusCode ?? 0, text }), reject)
    })
    asked.on('error', reject)
    asked.end(json)
  })
}
