import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startLabelStudioApi } from '../support/label-studio-api.ts'
import { eventually, labelConfig } from '../support/model-server.ts'
import { type Program, spawnProgram } from '../support/spawn-program.ts'
import { annotatedTask, annotationEvent, listJobs, untilJob, untilOver } from '../support/training.ts'

const trainable = fileURLToPath(new URL('../models/trainable.ts', import.meta.url))
const tasks = [annotatedTask(0, 'great film', 'Positive'), annotatedTask(1, 'awful film', 'Negative')]

interface Server {
  readonly url: string
  readonly program: Program
  train(project: string, params?: object): Promise<string>
  post(path: string, body: object): Promise<Response>
}

describe('a server that is killed', () => {
  let root: string
  let directory: string
  const started: Program[] = []
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'htx-killed-'))
  })
  beforeEach(async () => {
    directory = await mkdtemp(join(root, 'case-'))
  })
  after(async () => {
    await Promise.all(started.map(program => program.stop('SIGKILL')))
    await rm(root, { recursive: true })
  })

  async function serve(...args: string[]): Promise<Server> {
    const program = spawnProgram('htx-serve', [trainable, '--workers', '1', '--port', '0', ...args], directory)
    started.push(program)
    const [, url = ''] = await program.says(/listening\s+(\S+)\n/)
    const post = (path: string, body: object) => fetch(url + path, { method: 'POST', body: JSON.stringify(body) })
    return {
      url,
      program,
      post,
      async train(project, params = {}) {
        const response = await post('/train', { annotations: tasks, project, label_config: labelConfig, params })
        assert.equal(response.status, 201)
        return ((await response.json()) as { job: string }).job
      },
    }
  }

  /** Processes that train a job. */
  async function trainers(job: string): Promise<number[]> {
    const found: number[] = []
    for (const pid of await readdir('/proc')) {
      if (!/^\d+$/.test(pid)) continue
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      if (line.includes(job) && line.includes('trainer')) found.push(Number(pid))
    }
    return found
  }

  it('finds a training that ran, ends what is left of it, and runs it again', {
    skip: !existsSync('/proc/self'),
  }, async () => {
    const first = await serve()
    const job = await first.train('12', { training: 'spin 3600000' })
    await untilJob(first, job, ({ message }) => message === 'half of it')
    const [orphan] = await trainers(job)
    assert.equal(await first.program.stop('SIGKILL'), 'SIGKILL')
    assert.deepEqual(await trainers(job), [orphan])

    const second = await serve()
    const again = await untilJob(
      second,
      job,
      ({ state, attempts, message }) => state === 'running' && attempts === 2 && message === 'half of it',
    )
    assert.equal(again.error, null)
    const now = await trainers(job)
    assert.equal(now.length, 1)
    assert.notEqual(now[0], orphan)
    await second.post(`/api/jobs/${job}/cancel`, {})
    assert.deepEqual(await trainers(job), [])
    assert.equal((await untilOver(second, job)).state, 'cancelled')
    await second.program.stop('SIGTERM')
  })

  it('goes on fetching where it was', async () => {
    await using api = await startLabelStudioApi()
    api.tasks = Array.from({ length: 250 }, (_, id) => ({
      ...annotatedTask(id, `word${id} film`, 'Positive'),
      predictions: [],
    }))
    const forever = new Promise<void>(() => {})
    const stuck = new Promise<void>(resolve => {
      api.before = page => {
        if (page !== 3) return
        resolve()
        return forever
      }
    })
    const access = ['--label-studio-url', api.url, '--label-studio-api-key', api.token]
    const first = await serve(...access)
    const response = await first.post('/webhook', { action: 'START_TRAINING', project: { id: 12 } })
    const { job } = (await response.json()) as { job: string }
    await stuck
    await first.program.stop('SIGKILL')

    api.before = () => {}
    const second = await serve(...access)
    const over = await untilOver(second, job)
    assert.equal(over.state, 'succeeded', JSON.stringify(over))
    assert.equal(over.itemCount, 250)
    // It does not know what came before, and ends beyond the last page.
    assert.deepEqual(api.pages, [1, 2, 3, 3, 4])
    await second.program.stop('SIGTERM')
  })

  it('does not begin a training for ever that ends its server', async () => {
    let server = await serve()
    const job = await server.train('12', { training: 'pause 3600000' })
    for (const attempt of [1, 2]) {
      await untilJob(server, job, ({ attempts, message }) => attempts === attempt && message === 'half of it')
      await server.program.stop('SIGKILL')
      server = await serve()
    }
    const over = await untilOver(server, job)
    assert.equal(over.state, 'failed')
    assert.equal(over.error?.code, 'HTX_JOB_LOST')
    const left = await readdir(join(directory, 'models'), { recursive: true })
    assert.deepEqual(
      left.filter(path => /staging|items\.jsonl/.test(path)),
      [],
    )
    await server.program.stop('SIGTERM')
  })

  it('runs the job that waited, and keeps what was trained', async () => {
    const first = await serve()
    const done = await untilOver(first, await first.train('12'))
    const busy = await first.train('13', { training: 'pause 3600000' })
    await untilJob(first, busy, ({ message }) => message === 'half of it')
    const waiting = await first.train('14')
    await first.program.stop('SIGKILL')

    const second = await serve('--train-jobs', '2')
    assert.equal((await untilOver(second, waiting)).state, 'succeeded')
    const setup = (await (await second.post('/setup', { project: '12', schema: labelConfig })).json()) as object
    assert.deepEqual(setup, { model_version: done.version })
    assert.equal((await untilOver(second, done.id)).state, 'succeeded')
    await second.post(`/api/jobs/${busy}/cancel`, {})
    await second.program.stop('SIGTERM')
  })

  it('has everything that it acknowledged just before', async () => {
    const first = await serve()
    for (let n = 0; n < 20; n += 1) {
      const event = annotationEvent('ANNOTATION_CREATED', {
        task: n,
        annotation: 100 + n,
        text: `w${n} x`,
        choice: 'Positive',
        updatedAt: '2026-03-01T09:00:00Z',
      })
      const response = await first.post('/webhook', { ...event, project: { id: 12, label_config: labelConfig } })
      assert.equal(response.status, 200)
    }
    await first.program.stop('SIGKILL')
    const second = await serve()
    const response = await second.post('/api/jobs', { project: '12' })
    const { id } = (await response.json()) as { id: string }
    assert.equal((await untilOver(second, id)).itemCount, 20)
    await second.program.stop('SIGTERM')
  })

  it('gives a training to the next one when it is ended in order', async () => {
    const first = await serve()
    const job = await first.train('12', { training: 'pause 2000' })
    await untilJob(first, job, ({ message }) => message === 'half of it')
    assert.equal(await first.program.stop('SIGTERM'), 0)
    const second = await serve()
    const over = await untilOver(second, job)
    assert.equal(over.state, 'succeeded')
    assert.equal(over.attempts, 1)
    await second.program.stop('SIGTERM')
  })

  it('loses only the training whose process is killed', { skip: !existsSync('/proc/self') }, async () => {
    const server = await serve()
    const job = await server.train('12', { training: 'pause 3600000' })
    await untilJob(server, job, ({ message }) => message === 'half of it')
    const [pid] = await trainers(job)
    process.kill(pid as number, 'SIGKILL')
    const over = await untilOver(server, job)
    assert.match(over.error?.message ?? '', /was ended by SIGKILL/)
    assert.equal((await listJobs(server)).length, 1)
    await eventually(
      () => trainers(job),
      pids => pids.length === 0,
    )
    await server.program.stop('SIGTERM')
  })
})
