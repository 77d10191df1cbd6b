import { labelConfig } from '../../support/model-server.ts'
import { annotatedTask } from '../../support/training.ts'
import type { Annotations, Choice, Ledger } from './ledger.ts'

/** Clients that change what a server remembers, and keep books of what it acknowledged. */
export interface Writers {
  /** Changes something. @returns false when there was no answer @throws Error for an answer that is none by the rules */
  change(): Promise<boolean>
  /** Ids of the jobs that were acknowledged. */
  readonly jobs: Set<string>
}

export interface WritersSettings {
  url(): string
  readonly ledger: Ledger
  readonly random: () => number
}

interface Request {
  readonly path: string
  readonly project: string
  readonly body: object
  readonly said: Annotations
}

const eventProjects = ['1', '2']
/** Old Label Studios: one sends a task at a time, one all there is. */
const updateProject = '3'
const trainProject = '4'

/** What trainings do, for a moment or until they are killed. */
const trainings = ['', '', 'pause 300', 'spin 500', 'spin 2000', 'pause 2000']

export function openWriters({ url, ledger, random }: WritersSettings): Writers {
  const jobs = new Set<string>()
  /** Ids that a request is under way for: the order of two would not be known. */
  const busy = new Set<string>()
  let lastId = 0
  let updates = 0

  return { jobs, change }

  async function change(): Promise<boolean> {
    const request = next()
    if (request === undefined) return askForJob()
    const { path, project, body, said } = request
    const keys = [...said.keys()].map(id => `${project}/${id}`)
    for (const key of keys) busy.add(key)
    ledger.asked(project, said)
    const answer = await post(path, body)
    for (const key of keys) busy.delete(key)
    if (answer === undefined) return false
    ledger.acknowledged(project, said)
    if (typeof answer.job === 'string') jobs.add(answer.job)
    return true
  }

  function next(): Request | undefined {
    const dice = random()
    const project = pick(eventProjects)
    const free = ledger.certain(project).filter(id => !busy.has(`${project}/${id}`))
    if (dice < 0.4) return create(project, 1)
    if (dice < 0.48) return create(project, 70)
    // The first one stays, so that there is always something to train on.
    const [, ...others] = free
    if (dice < 0.6 && others.length > 0) return update(project, pick(others))
    if (dice < 0.68 && others.length > 0) return remove(project, [pick(others)])
    if (dice < 0.8) return updateOne()
    if (dice < 0.9 && [...busy].every(key => !key.startsWith(`${trainProject}/`))) return trainAll()
    return undefined
  }

  /** More than a transaction takes come in one event, too. */
  function create(project: string, count: number): Request {
    const said = new Map<string, Choice>()
    for (let n = 0; n < count; n += 1) said.set(newId(), pick(['Positive', 'Negative'] as const))
    return { path: '/webhook', project, said, body: event('ANNOTATIONS_CREATED', project, said) }
  }

  function update(project: string, id: string): Request {
    const said = new Map([[id, pick(['Positive', 'Negative'] as const)]])
    return { path: '/webhook', project, said, body: event('ANNOTATION_UPDATED', project, said) }
  }

  function remove(project: string, ids: readonly string[]): Request {
    const body = { action: 'ANNOTATIONS_DELETED', annotations: ids.map(id => ({ id })), project: { id: project } }
    return { path: '/webhook', project, body, said: new Map(ids.map(id => [id, undefined])) }
  }

  function updateOne(): Request {
    const id = newId()
    const choice = pick(['Positive', 'Negative'] as const)
    const body = { ...taskOf(id, choice), project: updateProject, schema: labelConfig, retrain: random() < 0.2 }
    return { path: '/update', project: updateProject, body, said: new Map([[id, choice]]) }
  }

  /** It says all there is: what was there before goes. */
  function trainAll(): Request {
    const said = new Map<string, Choice>(ledger.certain(trainProject).map(id => [id, undefined]))
    const count = 1 + Math.floor(random() * 80)
    for (let n = 0; n < count; n += 1) said.set(newId(), pick(['Positive', 'Negative'] as const))
    const annotations = [...said].flatMap(([id, choice]) => (choice === undefined ? [] : [taskOf(id, choice)]))
    const body = {
      annotations,
      project: trainProject,
      label_config: labelConfig,
      params: { training: pick(trainings) },
    }
    return { path: '/train', project: trainProject, body, said }
  }

  async function askForJob(): Promise<boolean> {
    const known = ledger.projects.filter(project => ledger.certain(project).length > 0)
    if (known.length === 0) return true
    const answer = await post('/api/jobs', { project: pick(known), params: { training: pick(trainings) } })
    if (typeof answer?.id === 'string') jobs.add(answer.id)
    return answer !== undefined
  }

  async function post(path: string, body: object): Promise<Record<string, unknown> | undefined> {
    let response: Response
    try {
      response = await fetch(url() + path, { method: 'POST', body: JSON.stringify(body) })
      if (response.ok) return (await response.json()) as Record<string, unknown>
    } catch {
      return undefined
    }
    throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
  }

  function event(action: string, project: string, said: Annotations): object {
    const tasks = [...said].map(([id, choice]) => taskOf(id, choice))
    const annotations = tasks.map(({ id, annotations: [made] }) => ({ ...made, task: id }))
    // Label Studio writes a list of annotations under the singular, and so one alone.
    const isList = action.startsWith('ANNOTATIONS')
    return {
      action,
      annotation: isList ? annotations : annotations[0],
      task: isList ? tasks.map(({ annotations: _, ...task }) => task) : tasks[0],
      project: { id: project, label_config: labelConfig },
    }
  }

  function taskOf(id: string, choice: Choice) {
    updates += 1
    const updatedAt = new Date(Date.UTC(2026, 2, 1) + updates).toISOString()
    return annotatedTask(Number(id), `text ${id}`, choice ?? '', { id: Number(id), updated_at: updatedAt })
  }

  function newId(): string {
    lastId += 1
    return String(lastId)
  }

  function pick<T>(things: readonly T[]): T {
    return things[Math.floor(random() * things.length)] as T
  }
}
