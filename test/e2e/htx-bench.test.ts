import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { labelConfig } from '../support/model-server.ts'
import { type Program, spawnProgram } from '../support/spawn-program.ts'

const scripted = fileURLToPath(new URL('../models/scripted.ts', import.meta.url))
const endedByThreads = fileURLToPath(new URL('../models/ended-by-threads.ts', import.meta.url))

interface Benched {
  readonly stopped: boolean
  readonly usedTasks: number
  readonly tooLong: readonly number[]
  readonly rejected: readonly { readonly reason: string }[]
  readonly failed: readonly { readonly threads: number; readonly reason: string }[]
  readonly settings: readonly {
    readonly workers: number
    readonly threads: number
    readonly batch: number
    readonly requests: number
    readonly tasksPerSecond: { readonly median: number; readonly rounds: readonly number[] }
    readonly answerMs: { readonly p50: number; readonly p95: number; readonly p99: number }
    readonly aloneMs: { readonly p50: number }
    readonly cpuMsPerTask: number
    readonly memoryMiB: number
  }[]
  readonly recommended: {
    readonly workers: number
    readonly batchTasks: number
    readonly command: string
    readonly withinLimit: boolean
  } | null
}

describe('htx-bench', () => {
  let directory: string
  let temporary: string
  const started: Program[] = []
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'htx-bench-test-'))
    temporary = join(directory, 'temporary')
    await mkdir(temporary)
    await writeFile(join(directory, 'config.xml'), labelConfig)
  })
  after(async () => {
    await Promise.all(started.map(program => program.stop('SIGKILL')))
    await rm(directory, { recursive: true })
  })

  async function bench(texts: readonly string[], ...args: string[]): Promise<Program> {
    const file = join(directory, `tasks-${started.length}.json`)
    await writeFile(file, JSON.stringify(texts.map((text, id) => ({ id, data: { text } }))))
    const given = ['--tasks', file, '--label-config', 'config.xml', '--threads', '1', ...args]
    const program = spawnProgram('htx-bench', given, directory, { TMPDIR: temporary })
    started.push(program)
    return program
  }
  const quick = ['--workers', '1', '--batch', '1', '--seconds', '0.1']

  async function benched(program: Program): Promise<Benched> {
    assert.equal(await program.ended, 0, program.output())
    const line = program
      .output()
      .split('\n')
      .find(text => text.startsWith('{')) // progress goes beside it
    return JSON.parse(line ?? '')
  }

  it('measures every setting on worker threads and recommends one of them', async () => {
    const args = ['--workers', '2,1', '--batch', '1,4', '--seconds', '1', '--json']
    const { settings, recommended, usedTasks, stopped } = await benched(
      await bench(['fine', 'several'], scripted, ...args),
    )
    assert.deepEqual(
      settings.map(({ workers, threads, batch }) => [workers, threads, batch]),
      [
        [1, 1, 1],
        [1, 1, 4],
        [2, 1, 1],
        [2, 1, 4],
      ],
    )
    for (const { requests, tasksPerSecond, answerMs, aloneMs, cpuMsPerTask, memoryMiB } of settings) {
      assert.equal(tasksPerSecond.rounds.length, 5)
      assert.ok(requests >= 10, `${requests} requests`)
      assert.ok(answerMs.p50 <= answerMs.p95 && answerMs.p95 <= answerMs.p99, JSON.stringify(answerMs))
      for (const value of [tasksPerSecond.median, answerMs.p50, aloneMs.p50, cpuMsPerTask, memoryMiB]) {
        assert.ok(value > 0, JSON.stringify(settings))
      }
    }
    assert.deepEqual([usedTasks, stopped], [2, false])
    const { workers, batchTasks, command } = recommended ?? assert.fail('nothing recommended')
    assert.ok(settings.some(setting => setting.workers === workers && setting.batch === batchTasks))
    assert.equal(command, `htx-serve ${scripted} --workers ${workers} --threads 1 --batch-tasks ${batchTasks}`)
  })

  it('finds that two workers do more when the model waits', async () => {
    const args = ['--workers', '1,2', '--batch', '1', '--seconds', '1', '--json']
    const { recommended } = await benched(await bench(['pause 50'], scripted, ...args))
    assert.equal(recommended?.workers, 2)
  })

  it('says in words what to run, and why', async () => {
    const program = await bench(['fine'], scripted, ...quick)
    assert.equal(await program.ended, 0, program.output())
    const words = [
      /version initial, 1 task; \d+ cores?, (Node|Bun) \d/,
      /workers {2}threads {2}batch {2}tasks\/s .* p99 ms/,
      /run: htx-serve .*scripted\.ts --workers 1 --threads 1 --batch-tasks 1\n/,
      /most tasks a second of those whose p99 stays within 1000 ms/,
    ]
    for (const expected of words) assert.match(program.output(), expected)
  })

  it('says so when nothing is quick enough', async () => {
    const args = [...quick, '--max-p99', '5', '--json']
    const { recommended } = await benched(await bench(['pause 20'], scripted, ...args))
    assert.equal(recommended?.withinLimit, false)
  })

  it('leaves out tasks without a prediction, and batches that take too long', async () => {
    const args = ['--workers', '1', '--batch', '1,1000', '--seconds', '1', '--json']
    const texts = ['pause 10', 'throw', 'pause 10', 'bad']
    const { usedTasks, rejected, tooLong, settings } = await benched(await bench(texts, scripted, ...args))
    assert.equal(usedTasks, 2)
    assert.deepEqual(
      rejected.map(({ reason }) => reason),
      ['model-failed', 'prediction-invalid'],
    )
    assert.deepEqual(tooLong, [1000])
    assert.deepEqual(
      settings.map(({ batch }) => batch),
      [1],
    )
  })

  it('loses only the settings of a pool whose process ends', async () => {
    const args = ['--workers', '1', '--threads', '1,3', '--batch', '1', '--seconds', '0.1', '--json']
    const { failed, settings } = await benched(await bench(['fine'], endedByThreads, ...args))
    assert.deepEqual(
      settings.map(({ threads }) => threads),
      [1],
    )
    assert.deepEqual(
      failed.map(({ threads }) => threads),
      [3],
    )
    assert.match(failed[0]?.reason ?? '', /ended by SIGKILL; the machine may have run out of memory/)
  })

  it('says what is wrong instead of measuring errors', async () => {
    await writeFile(
      join(directory, 'unfit.xml'),
      '<View><Image name="i" value="$i"/><Choices name="c" toName="i"/></View>',
    )
    const cases = [
      [await bench([], scripted), 2, /holds no task to measure with/],
      [
        await bench(['throw', 'throw'], scripted, ...quick),
        1,
        /no prediction for any of 2 tasks; the first: .*no idea/,
      ],
      [await bench(['fine'], scripted, ...quick, '--label-config', 'unfit.xml'), 2, /Choices over Text|no .*fits/i],
      [await bench(['fine'], './none.ts', ...quick), 2, /none\.ts/],
      [await bench(['fine'], scripted, '--workers', '1,x'), 2, /whole number/],
      [await bench(['fine'], endedByThreads, ...quick, '--threads', '3'), 1, /ended by SIGKILL/],
    ] as const
    for (const [program, code, words] of cases) {
      assert.equal(await program.ended, code, program.output())
      assert.match(program.output(), words)
      assert.doesNotMatch(program.output(), /run: htx-serve/)
    }
  })

  it('fits its help on a screen', async () => {
    const program = spawnProgram('htx-bench', ['--help'], directory)
    assert.equal(await program.ended, 0)
    const lines = program.output().trimEnd().split('\n')
    assert.ok(lines.length <= 40 && lines.every(line => line.length <= 120), program.output())
  })

  it('ends with what is known by then when it is stopped by Ctrl-C', async () => {
    const program = await bench(['fine'], scripted, '--workers', '1', '--batch', '1', '--seconds', '2')
    await program.says(/round 2 of 5/)
    assert.equal(await program.stop('SIGINT'), 130)
    assert.match(program.output(), /run: htx-serve .* --workers 1 --threads 1 --batch-tasks 1/)
    assert.match(program.output(), /stopped early: some settings had \d rounds? of 5 only/)
    assert.match(program.output(), /stopped by SIGINT; the figures are those that it had by then/)
  })

  it('ends without figures when it is stopped before there are any', async () => {
    const program = await bench(['pause 60000'], scripted, '--workers', '1', '--batch', '1')
    await program.says(/opening/)
    assert.equal(await program.stop('SIGINT'), 130)
    assert.doesNotMatch(program.output(), /run: htx-serve|tasks\/s/)
  })

  it('has left nothing behind', async () => {
    await Promise.all(started.map(program => program.ended))
    assert.deepEqual(await readdir(temporary), [])
  })
})
