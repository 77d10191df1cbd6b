import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { eventually, labelConfig, resultsOf, startServer, type TestServer } from '../support/model-server.ts'
import { annotatedTask, annotationEvent, jobOf, listJobs, untilJob, untilOver } from '../support/training.ts'

const project = '12.1700000000'
const tasks = [annotatedTask(0, 'great film', 'Positive'), annotatedTask(1, 'awful film', 'Negative')]

async function train(server: TestServer, body: object = {}): Promise<string> {
  const response = await server.post('/train', { annotations: tasks, project, label_config: labelConfig, ...body })
  const text = await response.text()
  assert.equal(response.status, 201, text)
  return JSON.parse(text).job
}

async function choiceOf(server: TestServer, text: string): Promise<string | undefined> {
  const { results } = await resultsOf(await server.predict([text]))
  const [prediction] = [results[0]].flat() as { result: { value: { choices: string[] } }[] }[]
  return prediction?.result[0]?.value.choices[0]
}

/** Everything in the models directory but the database and logs. */
async function filesOf(server: TestServer): Promise<string[]> {
  const paths = await readdir(server.modelsDir, { recursive: true })
  return paths.filter(path => !/^htx\.sqlite|^\.jobs(\/[^/]+\.log)?$/.test(path)).sort()
}

describe('training', () => {
  let server: TestServer
  before(async () => {
    server = await startServer('trainable.ts', { workers: 1 })
  })
  after(() => server.close())

  it('turns annotations into a version that answers, without a restart', async () => {
    assert.equal(await choiceOf(server, 'great fun'), undefined)
    const job = await untilOver(server, await train(server))
    assert.equal(job.state, 'succeeded', JSON.stringify(job))
    assert.equal(job.itemCount, 2)
    assert.deepEqual(job.metrics, { accuracy: 0.75 })
    assert.equal(await choiceOf(server, 'great fun'), 'Positive')
    assert.equal(await choiceOf(server, 'awful fun'), 'Negative')
    const setup = (await (await server.post('/setup', { project, schema: labelConfig })).json()) as object
    assert.deepEqual(setup, { model_version: job.version })
  })

  it('gives a training the resources of the version before', async () => {
    await untilOver(server, await train(server))
    const job = await untilOver(
      server,
      await train(server, { annotations: [...tasks, annotatedTask(2, 'fine', 'Positive')] }),
    )
    const { result } = (await (await server.post('/job_status', { job: job.id })).json()) as {
      result: { resources: { trainedOn: number; previousTrainedOn: number } }
    }
    assert.equal(result.resources.trainedOn, 3)
    assert.equal(result.resources.previousTrainedOn, 2)
  })

  it('leaves nothing of a training that throws but its log, and goes on serving', async () => {
    const before = await filesOf(server)
    const job = await untilOver(server, await train(server, { params: { training: 'throw' } }))
    assert.equal(job.state, 'failed')
    assert.equal(job.error?.code, 'HTX_TRAINING_FAILED')
    assert.match(job.error?.message ?? '', /the loss is not a number/)
    assert.deepEqual(await filesOf(server), before)
    const log = await (await fetch(`${server.url}/api/jobs/${job.id}/log`)).text()
    assert.match(log, /trained on 2/)
    assert.match(log, /trainable\.ts/)
    assert.equal(await choiceOf(server, 'great fun'), 'Positive')
  })

  it('fails when no annotation fits what the model reads', async () => {
    const annotations = [{ ...annotatedTask(1, '', 'Positive'), data: { body: 'great film' } }]
    const job = await untilOver(server, await train(server, { annotations }))
    assert.equal(job.error?.code, 'HTX_TRAINING_DATA_MISSING')
    assert.match(job.error?.message ?? '', /none of the 1 annotations fits Choices over Text/)
  })

  it('deletes the logs of a project that is deleted, and no others', async () => {
    const gone = await untilOver(server, await train(server, { project: '55' }))
    const kept = await untilOver(server, await train(server))
    assert.equal((await server.post('/delete', { project: '55' })).status, 200)
    const logs = await readdir(join(server.modelsDir, '.jobs'))
    assert.equal(logs.includes(`${gone.id}.log`), false)
    assert.equal(logs.includes(`${kept.id}.log`), true)
  })

  it('says which value of the resources is not JSON', async () => {
    const job = await untilOver(server, await train(server, { params: { training: 'return a map' } }))
    assert.match(job.error?.message ?? '', /resources\.model\.weights is a Map, which is not JSON/)
  })

  for (const [told, expected] of [
    ['exit', /ended with exit code 7/],
    ['kill', /was ended by SIGKILL/],
  ] as const) {
    it(`survives a train function that makes its process ${told}`, async () => {
      const job = await untilOver(server, await train(server, { params: { training: told } }))
      assert.equal(job.state, 'failed')
      assert.match(job.error?.message ?? '', expected)
    })
  }

  it('is not disturbed by nonsense that the process sends', async () => {
    const job = await untilOver(server, await train(server, { params: { training: 'nonsense' } }))
    assert.equal(job.state, 'succeeded')
    assert.deepEqual(job.metrics, { accuracy: 0.75 })
  })

  it('ends what a train function left running, wherever that went', { skip: !existsSync('/proc/self') }, async () => {
    const job = await untilOver(server, await train(server, { params: { training: 'leave' } }))
    assert.equal(job.state, 'succeeded', JSON.stringify(job))
    const pid = await readFile(join(server.modelsDir, '12', job.version ?? '', 'left.txt'), 'utf8')
    assert.equal(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''), '')
  })

  it('says that no process can be started, and goes on', async () => {
    const runtime = process.execPath
    process.execPath = join(server.modelsDir, 'no-such-program')
    try {
      const job = await untilOver(server, await train(server))
      assert.match(job.error?.message ?? '', /could not be started/)
    } finally {
      process.execPath = runtime
    }
    assert.equal((await untilOver(server, await train(server))).state, 'succeeded')
  })

  it('counts by reason what is malformed, and when it is from a year that no calendar has', async () => {
    const far = annotatedTask(2, 'fine film', 'Positive', { updated_at: 1e15 })
    const broken = annotatedTask(3, 'odd film', 'Positive', { result: 'none' })
    const job = await untilOver(server, await train(server, { annotations: [...tasks, far, broken, null] }))
    assert.equal(job.state, 'succeeded', JSON.stringify(job))
    assert.equal(job.itemCount, 3)
    assert.deepEqual(job.skipped, { 'the result of the annotation is no list': 1, 'the task is no object': 1 })
  })

  it('keeps the beginning and the end of a log that is too long', async () => {
    const job = await untilOver(server, await train(server, { params: { training: 'print 20000' } }))
    assert.equal(job.state, 'succeeded')
    const log = await (await fetch(`${server.url}/api/jobs/${job.id}/log`)).text()
    assert.ok(log.length < 1.2 * 1024 * 1024, `${log.length} characters`)
    assert.match(log, /line 0 /)
    assert.match(log, /lines left out/)
    assert.match(log, /line 19999 /)
  })

  it('gives the process no environment but what it needs', async () => {
    process.env.SECRET = 'hunter2'
    try {
      const job = await untilOver(server, await train(server))
      assert.match(job.logTail.join('\n'), /the secret is not here/)
    } finally {
      delete process.env.SECRET
    }
  })

  it('does not keep what opens the task data', async () => {
    const id = await train(server, { params: { login: 'me', password: 'hunter2', epochs: 3 } })
    await untilOver(server, id)
    const status = await (await server.post('/job_status', { job: id })).text()
    assert.doesNotMatch(status, /hunter2/)
  })

  it('cancels a training that runs', async () => {
    const id = await train(server, { params: { training: 'pause 60000' } })
    await untilJob(server, id, ({ message }) => message === 'half of it')
    const cancelled = (await (await server.post(`/api/jobs/${id}/cancel`, {})).json()) as { state: string }
    assert.equal(cancelled.state, 'cancelled')
    const again = await server.post(`/api/jobs/${id}/cancel`, {})
    assert.equal(again.status, 409)
  })

  it('joins requests that come while one runs into one more', async () => {
    const first = await train(server, { params: { training: 'pause 60000' } })
    await untilJob(server, first, ({ state }) => state === 'running')
    const others = [await train(server), await train(server), await train(server)]
    assert.equal(new Set(others).size, 1)
    const [second] = others as [string]
    assert.equal((await jobOf(server, second)).state, 'queued')
    assert.equal((await jobOf(server, second)).causes.length, 3)
    const training = (await (await fetch(`${server.url}/is_training?project=${project}`)).json()) as object
    assert.equal((training as { is_training: boolean }).is_training, true)
    await server.post(`/api/jobs/${first}/cancel`, {})
    assert.equal((await untilOver(server, second)).state, 'succeeded')
  })

  it('streams the log of a job until it ends', async () => {
    const id = await train(server, { params: { training: 'pause 60000' } })
    const response = await fetch(`${server.url}/api/jobs/${id}/log?follow`)
    let text = ''
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      text += new TextDecoder().decode(chunk)
      if (/trained on/.test(text) && !/CANCELLED/.test(text)) void server.post(`/api/jobs/${id}/cancel`, {})
    }
    assert.match(text, /trained on 2/)
    assert.match(text, /HTX_JOB_CANCELLED/)
  })

  it('answers 410 for a job that it does not know, as the clients of 0.x expect', async () => {
    assert.equal((await server.post('/job_status', { job: 'nope' })).status, 410)
    assert.equal((await server.post('/job_status', { job: null })).status, 410)
    assert.equal((await fetch(`${server.url}/api/jobs/nope`)).status, 404)
  })

  it('says what is wrong with a body of /train', async () => {
    for (const [body, expected] of [
      [{ project }, /annotations, completions or tasks/],
      [{ annotations: tasks }, /names no project/],
      [{ annotations: [], project }, /No annotations found/],
    ] as const) {
      const response = await server.post('/train', body)
      assert.equal(response.status, 400)
      assert.match(await response.text(), expected)
    }
  })

  it('trains on the events of a burst that come twice and out of order, in two jobs at most', async () => {
    const trigger = await startServer('trainable.ts', { workers: 1, trainEvery: 1, trainDebounceMs: 1_500 })
    try {
      const body = { id: 12, label_config: labelConfig }
      const events: object[] = []
      for (let n = 0; n < 250; n += 1) {
        const at = (minute: number) => `2026-03-01T09:0${minute}:00.00000${n % 10}Z`
        const old = { task: n, annotation: 1000 + n, text: `w${n} x`, choice: 'Negative', updatedAt: at(1) }
        const created = annotationEvent('ANNOTATION_CREATED', old)
        const updated = annotationEvent('ANNOTATION_UPDATED', { ...old, choice: 'Positive', updatedAt: at(2) })
        events.push(...(n % 2 === 0 ? [updated, created] : [created, updated]), updated)
        events.push(n % 5 === 0 ? { action: 'ANNOTATIONS_DELETED', annotations: [{ id: 1000 + n }] } : created)
      }
      for (let at = 0; at < events.length; at += 20) {
        const answers = await Promise.all(
          events.slice(at, at + 20).map(event => trigger.post('/webhook', { ...event, project: body })),
        )
        for (const answer of answers) assert.equal(answer.status, 200)
      }
      // A machine that is slow enough has a first one in the middle of the burst.
      const jobs = await eventually(
        () => listJobs(trigger),
        ([newest]) => newest?.itemCount === 200 && newest.state === 'succeeded',
        60_000,
      )
      assert.ok(jobs.length <= 2, `${jobs.length} jobs`)
      assert.equal(await choiceOf(trigger, 'w1 y'), 'Positive')
      assert.equal(await choiceOf(trigger, 'w2 y'), 'Positive')
      assert.equal(await choiceOf(trigger, 'w5 y'), undefined)
    } finally {
      await trigger.close()
    }
  })

  it('answers events that it cannot use, whatever they hold', async () => {
    for (const body of [
      { action: 'ANNOTATION_CREATED' },
      { action: 'TASKS_CREATED', tasks: [], project: { id: 12 } },
      { action: 'LABEL_LINK_CREATED', project: { id: 12 } },
      { action: 'ANNOTATION_CREATED', project: { id: 12 }, annotation: 'no', task: 7 },
      { action: 'ANNOTATION_CREATED', project: 'x' },
      { action: 7 },
      {},
    ]) {
      assert.equal((await server.post('/webhook', body)).status, 200, JSON.stringify(body))
    }
  })

  it('copies a version to another project, and the copy outlives its source', async () => {
    await untilOver(server, await train(server))
    assert.equal((await server.post('/duplicate_model', { project_src: project, project_dst: '13.1' })).status, 200)
    assert.equal((await server.post('/delete', { project })).status, 200)
    assert.equal((await server.predict(['great fun'])).status, 200)
    assert.equal(await choiceOf(server, 'great fun'), undefined)
    const { results } = await resultsOf(await server.predict(['great fun'], { project: '13.1' }))
    assert.match(JSON.stringify(results), /Positive/)
    assert.equal((await server.post('/duplicate_model', { project_src: project, project_dst: '14.1' })).status, 404)
    assert.deepEqual(
      (await readdir(join(server.modelsDir, '12')).catch(() => [])).filter(name => !name.startsWith('.')),
      [],
    )
  })
})

describe('training within limits', () => {
  async function within(
    options: object,
    told: string,
  ): Promise<{ state: string; error: { code: string; message: string } | null }> {
    const server = await startServer('trainable.ts', { workers: 1, ...options })
    try {
      return await untilOver(server, await train(server, { params: { training: told } }))
    } finally {
      await server.close()
    }
  }

  it('ends one that takes too long, and ignores the request to end', async () => {
    const { state, error } = await within({ trainTimeoutMs: 3_000, cancelGraceMs: 200 }, 'ignore')
    assert.equal(state, 'failed')
    assert.equal(error?.code, 'HTX_TRAINING_TIMEOUT')
  })

  it('ends one that takes too much memory', async () => {
    const { state, error } = await within({ trainMemoryMb: 300 }, 'fill')
    assert.equal(state, 'failed')
    assert.match(`${error?.code}`, /HTX_TRAINING_LIMIT|HTX_TRAINING_FAILED/)
  })

  it('ends one that fills the disk', async () => {
    const { state, error } = await within({ trainDiskMb: 30 }, 'write')
    assert.equal(state, 'failed')
    assert.equal(error?.code, 'HTX_TRAINING_LIMIT')
  })

  const isFenced = !('bun' in process.versions) && process.allowedNodeEnvironmentFlags.has('--permission')
  it('lets one write nowhere else, where the runtime can see to that', { skip: !isFenced }, async () => {
    const outside = join(tmpdir(), `htx-escape-${process.pid}`)
    const { error } = await within({}, `escape ${outside}`)
    assert.match(error?.message ?? '', /restricted|denied/i)
    const lifted = await within({ trainSandbox: false }, `escape ${outside}`)
    assert.equal(lifted.state, 'succeeded')
    await rm(outside)
  })

  it('begins none with too few annotations', async () => {
    const { error } = await within({ minAnnotations: 3 }, '')
    assert.equal(error?.code, 'HTX_TRAINING_DATA_MISSING')
    assert.match(error?.message ?? '', /has 2 annotations; a training needs 3/)
  })

  it('holds a version back that is worse than the one before', async () => {
    const server = await startServer('trainable.ts', {
      workers: 1,
      options: { accuracy: 0.9 },
      gate: { metric: 'accuracy', better: 'higher' },
    })
    const first = await untilOver(server, await train(server))
    await server.server.close()
    const worse = await startServer('trainable.ts', {
      workers: 1,
      options: { accuracy: 0.4 },
      gate: { metric: 'accuracy', better: 'higher' },
      modelsDir: server.modelsDir,
    })
    try {
      const job = await untilOver(worse, await train(worse))
      assert.equal(job.state, 'succeeded')
      assert.match(job.message ?? '', /held back: its accuracy of 0.4 is worse than the 0.9/)
      assert.equal((await resultsOf(await worse.predict(['great']))).model_version, first.version)
    } finally {
      await worse.close()
      await server.close()
    }
  })

  it('ends a job that cannot begin, and says why', async () => {
    const server = await startServer('trainable.ts', { workers: 1 })
    try {
      await rm(join(server.modelsDir, '.jobs'), { recursive: true, force: true })
      await writeFile(join(server.modelsDir, '.jobs'), 'in the way')
      const job = await untilOver(server, await train(server))
      assert.equal(job.state, 'failed')
      assert.match(job.error?.message ?? '', /could not be carried out: .*\.jobs/)
    } finally {
      await server.close()
    }
  })

  it('keeps the newest versions, and the one that serves', async () => {
    const server = await startServer('trainable.ts', { workers: 1, keepVersions: 2 })
    try {
      const versions: (string | null)[] = []
      for (let round = 0; round < 4; round += 1) versions.push((await untilOver(server, await train(server))).version)
      await eventually(
        async () => (await readdir(join(server.modelsDir, '12'))).filter(name => !name.startsWith('.')).sort(),
        names => JSON.stringify(names) === JSON.stringify(versions.slice(-2)),
      )
    } finally {
      await server.close()
    }
  })
})
