import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ModelStore } from '@htx/core'
import { eventually, labelConfig } from '../support/model-server.ts'
import { type Program, spawnProgram } from '../support/spawn-program.ts'
import { annotatedTask, listJobs } from '../support/training.ts'

const trainable = fileURLToPath(new URL('../models/trainable.ts', import.meta.url))
const scripted = fileURLToPath(new URL('../models/scripted.ts', import.meta.url))
const tasks = [annotatedTask(0, 'great film', 'Positive'), annotatedTask(1, 'awful film', 'Negative')]

describe('htx-train', () => {
  let directory: string
  const started: Program[] = []
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'htx-train-'))
    await writeFile(join(directory, 'tasks.json'), JSON.stringify(tasks))
    await writeFile(join(directory, 'config.xml'), labelConfig)
  })
  after(async () => {
    await Promise.all(started.map(program => program.stop('SIGKILL')))
    await rm(directory, { recursive: true })
  })

  function run(name: string, args: readonly string[], env?: Record<string, string>): Program {
    const program = spawnProgram(name, args, directory, env)
    started.push(program)
    return program
  }
  const train = (...args: string[]) =>
    run('htx-train', [trainable, '--data', 'tasks.json', '--label-config', 'config.xml', ...args])
  const choiceOf = async (url: string, text: string) => {
    const body = JSON.stringify({ tasks: [{ data: { text } }], label_config: labelConfig })
    const answer = (await (await fetch(`${url}/predict`, { method: 'POST', body })).json()) as {
      results: { result: { value: { choices: string[] } }[] }[][]
    }
    return answer.results.flat()[0]?.result[0]?.value.choices[0]
  }

  it('publishes a version that a running server goes live with', async () => {
    const server = run('htx-serve', [trainable, '--workers', '1', '--port', '0', '--models-dir', 'beside'])
    const [, url = ''] = await server.says(/listening\s+(\S+)\n/)
    assert.equal(await choiceOf(url, 'great fun'), undefined)
    const program = train('--models-dir', 'beside')
    assert.equal(await program.ended, 0, program.output())
    assert.match(program.output(), /version \S+ of project default, trained on 2 items/)
    assert.match(program.output(), /metrics\s+accuracy 0.75/)
    await eventually(
      () => choiceOf(url, 'great fun'),
      choice => choice === 'Positive',
    )
    const [job] = await listJobs({ url })
    assert.equal(job?.causes[0]?.by, 'htx-train')
    assert.equal(await server.stop('SIGTERM'), 0)
  })

  it('tells each step as a JSON object a line', async () => {
    const program = train('--models-dir', 'json', '--json')
    assert.equal(await program.ended, 0)
    const events = program
      .output()
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { event: string; version?: string })
    assert.equal(events.at(-1)?.event, 'trained')
    const store = await ModelStore.open(join(directory, 'json'))
    assert.deepEqual(await store.versions('default'), [events.at(-1)?.version])
    assert.ok(events.some(({ event }) => event === 'progress'))
  })

  it('is cancelled by Ctrl-C, with nothing left behind but the log', async () => {
    const program = train('--models-dir', 'cancelled', '--set', 'training=pause 60000')
    await program.says(/half of it/)
    assert.equal(await program.stop('SIGINT'), 130)
    assert.match(program.output(), /cancelled by SIGINT/)
    const left = (await readdir(join(directory, 'cancelled'), { recursive: true })).filter(
      path => !path.startsWith('htx.sqlite'),
    )
    assert.deepEqual(left.filter(path => !path.endsWith('.log')).sort(), ['.jobs', 'default'])
  })

  it('ends a training that ignores it on the second Ctrl-C', async () => {
    const program = train('--models-dir', 'ignored', '--set', 'training=ignore')
    await program.says(/half of it/)
    void program.stop('SIGINT')
    await program.says(/the same again ends/)
    assert.equal(await program.stop('SIGINT'), 130)
  })

  it('does not train a project that is being trained, and says by which job', async () => {
    const first = train('--models-dir', 'twice', '--set', 'training=pause 60000')
    await first.says(/half of it/)
    const second = train('--models-dir', 'twice')
    assert.equal(await second.ended, 2)
    assert.match(second.output(), /is being trained by job [0-9a-f-]+/)
    assert.equal(await first.stop('SIGINT'), 130)
  })

  it('trains again after it was killed, and leaves nothing of the first', async () => {
    const first = train('--models-dir', 'killed', '--set', 'training=pause 60000')
    await first.says(/half of it/)
    assert.equal(await first.stop('SIGKILL'), 'SIGKILL')
    const second = train('--models-dir', 'killed')
    assert.equal(await second.ended, 0, second.output())
    const left = await readdir(join(directory, 'killed'), { recursive: true })
    assert.deepEqual(
      left.filter(path => /staging|items\.jsonl/.test(path)),
      [],
    )
  })

  const mistakes: readonly [string, readonly string[], RegExp, number][] = [
    ['no such data', [trainable, '--data', 'nothing.json'], /--data nothing\.json cannot be read/, 2],
    [
      'data that is no JSON',
      [trainable, '--data', trainable, '--label-config', 'config.xml'],
      /nothing to|cannot|has 0|CSV|columns/i,
      2,
    ],
    ['no label config', [trainable, '--data', 'tasks.json'], /label config of project default is not known/, 2],
    [
      'a model without train',
      [scripted, '--data', 'tasks.json', '--label-config', 'config.xml'],
      /must export a function «train»/,
      2,
    ],
    ['two sources', [trainable, '--data', 'tasks.json', '--label-studio-project', '12'], /not both/, 2],
    ['no address of Label Studio', [trainable, '--label-studio-project', '12'], /LABEL_STUDIO_URL/, 2],
    ['a wrong flag', [trainable, '--dta', 'tasks.json'], /Did you mean --data/, 2],
    [
      'a train function that throws',
      [trainable, '--data', 'tasks.json', '--label-config', 'config.xml', '--set', 'training=throw'],
      /train\(\) threw: the loss is not a number/,
      1,
    ],
  ]
  for (const [mistake, args, words, code] of mistakes) {
    it(`says what is wrong with ${mistake}`, async () => {
      const program = run('htx-train', [...args, '--models-dir', 'mistakes'])
      assert.equal(await program.ended, code, program.output())
      assert.match(program.output(), words)
    })
  }
})
