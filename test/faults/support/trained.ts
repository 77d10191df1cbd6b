import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { labelConfig } from '../../support/model-server.ts'
import { annotatedTask, annotationEvent, type JobView, untilJob } from '../../support/training.ts'
import { type Served, type ServeSettings, serve } from './served.ts'

const train = fileURLToPath(new URL('train.ts', import.meta.url))

/** `htx-serve` with `echo.ts` and the train function of `train.ts`, which does as it is told. Its warnings are in its output. */
export function serveTrained({ flags = [], ...settings }: ServeSettings = {}): Promise<Served> {
  return serve({ ...settings, flags: ['--train', train, '--workers', '1', '--log-level', 'info', ...flags] })
}

const tasks = [annotatedTask(1, 'great film', 'Positive'), annotatedTask(2, 'awful film', 'Negative')]

export function post({ url }: Pick<Served, 'url'>, path: string, body: object): Promise<Response> {
  return fetch(url + path, { method: 'POST', body: JSON.stringify(body) })
}

export function askForTraining(server: Pick<Served, 'url'>, told = '', project = '77'): Promise<Response> {
  return post(server, '/train', { annotations: tasks, project, label_config: labelConfig, params: { training: told } })
}

/** @returns the id of the job */
export async function startTraining(server: Pick<Served, 'url'>, told = '', project = '77'): Promise<string> {
  const response = await askForTraining(server, told, project)
  const text = await response.text()
  assert.equal(response.status, 201, text)
  return (JSON.parse(text) as { job: string }).job
}

/** Waits until the train function does what it is told. */
export function untilTold(server: Pick<Served, 'url'>, job: string): Promise<JobView> {
  return untilJob(server, job, ({ state, message }) => state !== 'queued' && message === 'half of it', 60_000)
}

/** An annotation comes. */
export function sendEvent(
  server: Pick<Served, 'url'>,
  annotation: number,
  text = 'a film',
  project = 78,
): Promise<Response> {
  const updatedAt = new Date(Date.UTC(2026, 2, 1) + annotation).toISOString()
  const said = { task: annotation, annotation, text, choice: 'Positive', updatedAt }
  const event = annotationEvent('ANNOTATION_CREATED', said)
  return post(server, '/webhook', { ...event, project: { id: project, label_config: labelConfig } })
}

/** What is wrong, of an answer that must be a refusal. */
export async function refusalOf(response: Response): Promise<{ status: number; code: string; message: string }> {
  const body = (await response.json()) as { code: string; message: string }
  return { status: response.status, ...body }
}
