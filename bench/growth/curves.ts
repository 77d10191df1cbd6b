import { join } from 'node:path'
import { ask, timeOf } from '../measure/ask.ts'
import { predictBody } from '../measure/predict-body.ts'
import { publish, untilServing } from '../measure/publish.ts'
import type { ServerCommand, ServerProcess } from '../measure/server-process.ts'
import { htx } from '../peers/htx.ts'

/** One point of a curve: a server and a load. */
export interface Setting {
  readonly x: number
  readonly server: (runtime: string) => ServerCommand
  readonly body: () => string | readonly string[]
  readonly connections: number
  /** Before the load. */
  readonly prepare?: (server: ServerProcess) => Promise<void>
  /** Where a request takes so long that the usual time would hold too few. */
  readonly seconds?: number
  /** Left out of quick runs. */
  readonly isLong?: boolean
}

export interface Curve {
  readonly title: string
  readonly xLabel: string
  readonly settings: readonly Setting[]
}

export type CurveName = 'connections' | 'tasks' | 'workers' | 'body' | 'projects' | 'versions'

const usual = { server: (runtime: string) => htx({ runtime }), body: () => predictBody(1), connections: 32 }
const kib = 1024

export const curves: Readonly<Record<CurveName, Curve>> = {
  connections: {
    title: 'Connections, 1 task a request',
    xLabel: 'connections',
    settings: powers(2, 512).map(connections => ({ ...usual, x: connections, connections })),
  },
  tasks: {
    title: 'Tasks a request, 4 connections',
    xLabel: 'tasks a request',
    settings: powers(10, 10_000).map(tasks => ({
      ...usual,
      x: tasks,
      // Four requests of 10,000 tasks are more than may wait by default.
      server: (runtime: string) => htx({ runtime, flags: () => ['--queue-tasks', '100000'] }),
      body: () => predictBody(tasks),
      connections: 4,
      ...(tasks > 1000 ? { seconds: 20 } : {}),
    })),
  },
  workers: {
    title: 'Workers, 1 task a request, 32 connections',
    xLabel: 'workers',
    settings: powers(2, 16).map(workers => ({
      ...usual,
      x: workers,
      server: (runtime: string) => htx({ runtime, workers }),
    })),
  },
  body: {
    title: 'Size of a body of 1 task, 2 connections',
    xLabel: 'KiB',
    settings: [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536].map(size => ({
      ...usual,
      x: size,
      server: (runtime: string) => htx({ runtime, flags: () => ['--body-limit', '65'] }),
      body: () => bodyOf(size * kib),
      connections: 2,
      isLong: size > 16_384,
      ...(size > 4096 ? { seconds: 20 } : {}),
    })),
  },
  projects: {
    title: 'Projects that ask in turn, each set up, one version for all',
    xLabel: 'projects',
    settings: powers(10, 1000).map(projects => ({
      ...usual,
      x: projects,
      body: () => projectIds(projects).map(id => predictBody(1, { project: `${id}.1700000000` })),
      prepare: server => setUp(server, projects),
    })),
  },
  versions: {
    title: 'Live versions, one a project, all asked in turn',
    xLabel: 'live versions',
    settings: powers(10, 1000).map(versions => ({
      ...usual,
      x: versions,
      body: () => projectIds(versions).map(id => predictBody(1, { project: `${id}.1700000000` })),
      prepare: server => publishVersions(server, versions),
      isLong: versions > 100,
    })),
  },
}

/** 1, base, base², … up to the most. */
function powers(base: number, most: number): number[] {
  const values = [1]
  while ((values.at(-1) as number) < most) values.push((values.at(-1) as number) * base)
  return values
}

function projectIds(count: number): number[] {
  return Array.from({ length: count }, (_, place) => place + 1)
}

/** One task with a text that makes the body so large. */
function bodyOf(bytes: number): string {
  const textOf = (length: number) => predictBody(1, { tasks: [{ id: 1, data: { text: 'word '.repeat(length / 5) } }] })
  return textOf(Math.max(0, bytes - textOf(0).length))
}

/** As Label Studio does when a backend is connected. */
async function setUp(server: ServerProcess, projects: number): Promise<void> {
  const { label_config } = JSON.parse(predictBody(1)) as { label_config: string }
  for (const id of projectIds(projects)) {
    await timeOf(
      server.url,
      '/setup',
      JSON.stringify({ project: `${id}.1700000000`, schema: label_config, extra_params: null }),
    )
  }
}

async function publishVersions(server: ServerProcess, count: number): Promise<void> {
  const published: [project: number, version: string][] = []
  for (const id of projectIds(count)) published.push([id, await publish(join(server.folder, 'models'), String(id))])
  for (const [id, version] of published) {
    await untilServing(server.url, version, predictBody(1, { project: `${id}.1700000000` }))
  }
  const { status } = await ask(server.url, '/readyz')
  if (status !== 200) throw new Error(`/readyz must answer 200 with ${count} versions; it answers ${status}`)
}
