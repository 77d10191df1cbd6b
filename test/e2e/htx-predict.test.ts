import assert from 'node:assert/strict'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type LabelStudioApi, startLabelStudioApi } from '../support/label-studio-api.ts'
import { eventually, labelConfig } from '../support/model-server.ts'
import { type Program, spawnProgram } from '../support/spawn-program.ts'
import { annotatedTask } from '../support/training.ts'

const scripted = fileURLToPath(new URL('../models/scripted.ts', import.meta.url))
const fileReader = fileURLToPath(new URL('../models/file-reader.ts', import.meta.url))
const trainable = fileURLToPath(new URL('../models/trainable.ts', import.meta.url))

interface Predicted {
  readonly id?: number
  readonly data: { readonly text: string }
  readonly predictions: readonly { readonly model_version: string; readonly result: readonly { value: unknown }[] }[]
}

describe('htx-predict', () => {
  let directory: string
  const started: Program[] = []
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'htx-predict-'))
    await writeFile(join(directory, 'config.xml'), labelConfig)
  })
  after(async () => {
    await Promise.all(started.map(program => program.stop('SIGKILL')))
    await rm(directory, { recursive: true })
  })

  function run(args: readonly string[], env?: Record<string, string>): Program {
    const program = spawnProgram('htx-predict', args, directory, env)
    started.push(program)
    return program
  }
  const predict = (name: string, ...args: string[]) =>
    run([
      scripted,
      '--data',
      `${name}.json`,
      '--out',
      `${name}.out.json`,
      '--label-config',
      'config.xml',
      '--workers',
      '1',
      ...args,
    ])
  const writeTasks = (name: string, texts: readonly string[]) =>
    writeFile(join(directory, `${name}.json`), JSON.stringify(texts.map((text, id) => ({ id, data: { text } }))))
  const readOut = async (name: string): Promise<Predicted[]> =>
    JSON.parse(await readFile(join(directory, `${name}.out.json`), 'utf8'))
  const partSize = (name: string) =>
    stat(join(directory, `${name}.out.json.part`)).then(
      ({ size }) => size,
      () => 0,
    )

  it('writes the same tasks with predictions, in order, and htx-check finds that all would show', async () => {
    const tasks = [annotatedTask(7, 'fine', 'Positive'), { id: 8, data: { text: 'several' }, meta: { from: 'here' } }]
    await writeFile(join(directory, 'some.json'), JSON.stringify(tasks))
    const program = predict('some')
    assert.equal(await program.ended, 0, program.output())
    assert.match(program.output(), /3 predictions of version initial for 2 tasks/)
    const out = (await readOut('some')) as (Predicted & { annotations?: unknown[]; meta?: unknown })[]
    assert.deepEqual(
      out.map(({ id, predictions }) => [id, predictions.length, predictions[0]?.model_version]),
      [
        [7, 1, 'initial'],
        [8, 2, 'initial'],
      ],
    )
    assert.equal(out[0]?.annotations?.length, 1)
    assert.deepEqual(out[1]?.meta, { from: 'here' })
    const check = spawnProgram('htx-check', ['--label-config', 'config.xml', 'some.out.json'], directory)
    assert.equal(await check.ended, 0, check.output())
    assert.deepEqual(
      (await readdir(directory)).filter(name => /part|whole/.test(name)),
      [],
    )
  })

  it('goes on after it was killed, with no task lost and none twice', async () => {
    const texts = Array.from({ length: 40 }, (_, place) => `pause 20 ${place}`)
    await writeTasks('killed', texts)
    const first = predict('killed', '--batch-tasks', '4')
    await eventually(
      () => partSize('killed'),
      size => size > 1000,
    )
    assert.equal(await first.stop('SIGKILL'), 'SIGKILL')
    // What a power cut may leave: half a line.
    await appendFile(join(directory, 'killed.out.json.part'), '{"id":4,"data":{"te')
    const second = predict('killed', '--batch-tasks', '4')
    assert.equal(await second.ended, 0, second.output())
    assert.match(second.output(), /going on after \d+ tasks?/)
    assert.match(
      second.output(),
      /40 predictions of version initial for 40 tasks\n +before +(\d+) of them, for \1 task/,
    )
    assert.deepEqual(
      (await readOut('killed')).map(({ data, predictions }) => [data.text, predictions.length]),
      texts.map(text => [text, 1]),
    )
  })

  it('keeps what is done when it is stopped by Ctrl-C', async () => {
    await writeTasks('stopped', ['fine', 'fine', 'pause 60000', 'fine'])
    const first = predict('stopped', '--batch-tasks', '1')
    await eventually(
      () => partSize('stopped'),
      size => size > 200,
    )
    assert.equal(await first.stop('SIGINT'), 130)
    assert.match(first.output(), /stopped by SIGINT; the same command goes on/)
    await assert.rejects(readOut('stopped'), { code: 'ENOENT' })
  })

  it('does not go on with other tasks, or another label config', async () => {
    await writeTasks('changed', ['fine', 'fine', 'pause 60000'])
    const first = predict('changed', '--batch-tasks', '1')
    await eventually(
      () => partSize('changed'),
      size => size > 200,
    )
    await first.stop('SIGKILL')
    await writeFile(join(directory, 'other.xml'), labelConfig.replace('Negative', 'Neutral'))
    const config = predict('changed', '--label-config', 'other.xml')
    assert.equal(await config.ended, 2)
    assert.match(config.output(), /begun with another labelConfig/)
    await writeTasks('changed', ['other', 'fine'])
    const tasks = predict('changed')
    assert.equal(await tasks.ended, 2)
    assert.match(tasks.output(), /its task 1 is not that of --data/)
  })

  it('counts what was held back by reason, and lets it cost no other task', async () => {
    await writeTasks('held', ['fine', 'throw', 'bad', 'none', 'pause 60000', 'fine'])
    const program = predict('held', '--json', '--predict-timeout', '2')
    assert.equal(await program.ended, 0, program.output())
    const events = program
      .output()
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    const { tasks, predictions, rejected } = events.at(-1)
    assert.deepEqual(
      { tasks, predictions, rejected },
      { tasks: 6, predictions: 2, rejected: { 'model-failed': 1, 'prediction-invalid': 1, 'too-slow': 1 } },
    )
    assert.ok(events.some(({ event, message }) => event === 'rejected' && /no idea what to say/.test(message)))
    assert.deepEqual(
      (await readOut('held')).map(task => task.predictions.length),
      [1, 0, 0, 0, 0, 1],
    )
  })

  it('fetches the files of tasks from where it is allowed to', async () => {
    const files = createServer((_, response) => response.end('what it says'))
    await new Promise<void>(resolve => files.listen(0, '127.0.0.1', resolve))
    try {
      const image = `http://127.0.0.1:${(files.address() as AddressInfo).port}/page.txt`
      await writeFile(join(directory, 'files.json'), JSON.stringify([{ id: 1, data: { image } }]))
      const config = '<View><Image name="image" value="$image"/><TextArea name="text" toName="image"/></View>'
      await writeFile(join(directory, 'files.xml'), config)
      const ask = (...args: string[]) =>
        run([fileReader, '--data', 'files.json', '--out', 'files.out.json', '--label-config', 'files.xml', ...args])
      const refused = ask()
      assert.equal(await refused.ended, 1)
      assert.match(refused.output(), /private network or of this machine.*--allow-address/)
      const allowed = ask('--allow-address', '127.0.0.1')
      assert.equal(await allowed.ended, 0, allowed.output())
      assert.match(JSON.stringify(await readOut('files')), /what it says/)
    } finally {
      await new Promise(resolve => files.close(resolve))
    }
  })

  it('fails when nothing at all could be predicted, and leaves no file', async () => {
    await writeTasks('broken', ['throw', 'throw'])
    const program = predict('broken')
    assert.equal(await program.ended, 1)
    assert.match(program.output(), /no prediction for any of 2 tasks \(2 model-failed\); .*no idea what to say/)
    assert.deepEqual(
      (await readdir(directory)).filter(name => name.startsWith('broken.out')),
      [],
    )
  })

  it('predicts one for one, and words it so', async () => {
    await writeTasks('one', ['fine'])
    const program = predict('one')
    assert.equal(await program.ended, 0, program.output())
    assert.match(program.output(), /1 prediction of version initial for 1 task\n/)
  })

  for (const [name, text] of [
    ['an empty list', '[]'],
    ['the header of a CSV', 'id,text\n'],
  ] as const) {
    it(`fails for ${name}, as it holds no task, and leaves no file`, async () => {
      await writeFile(join(directory, 'none.json'), text)
      const program = predict('none')
      assert.equal(await program.ended, 1, program.output())
      assert.match(program.output(), /--data holds no task/)
      assert.deepEqual(
        (await readdir(directory)).filter(file => file.startsWith('none.out')),
        [],
      )
    })
  }

  it('does not write over the data, by whatever name', async () => {
    await writeTasks('same', ['fine'])
    await symlink('same.json', join(directory, 'same.out.json'))
    const program = predict('same')
    assert.equal(await program.ended, 2, program.output())
    assert.match(program.output(), /--out same\.out\.json is the file of --data/)
  })

  it('predicts with the newest version, and says so when there is none of a model that wants one', async () => {
    await writeTasks('trained', ['great film'])
    const args = [trainable, '--label-config', 'config.xml', '--models-dir', 'versions']
    const ask = () => run([...args, '--data', 'trained.json', '--out', 'trained.out.json', '--workers', '1'])
    await mkdir(join(directory, 'versions'))
    const before = ask()
    assert.equal(await before.ended, 2)
    assert.match(before.output(), /Trainable must be trained before it can predict/)
    await writeFile(join(directory, 'annotated.json'), JSON.stringify([annotatedTask(0, 'great film', 'Positive')]))
    const train = spawnProgram('htx-train', [...args, '--data', 'annotated.json'], directory)
    assert.equal(await train.ended, 0, train.output())
    const program = ask()
    assert.equal(await program.ended, 0, program.output())
    const [task] = await readOut('trained')
    assert.match(task?.predictions[0]?.model_version ?? '', /^\d{8}T/)
  })

  describe('into a project of Label Studio', () => {
    let api: LabelStudioApi
    beforeEach(async () => {
      api = await startLabelStudioApi()
      const texts = ['fine', 'throw', 'fine', 'several', 'fine', 'fine']
      api.tasks.push(...texts.map((text, id) => ({ id, data: { text }, predictions: [] })))
    })
    afterEach(() => api.close())
    const fill = (...args: string[]) =>
      run([scripted, '--label-studio-project', '12', '--workers', '1', '--batch-tasks', '2', ...args], {
        LABEL_STUDIO_URL: api.url,
        LABEL_STUDIO_API_KEY: api.token,
      })
    const counts = () => api.tasks.map(({ predictions }) => predictions.length)

    it('imports predictions for its tasks, and passes over those that have one of this version', async () => {
      api.tasks[0]?.predictions.push({ model_version: 'initial', result: [] })
      const program = fill()
      assert.equal(await program.ended, 0, program.output())
      assert.deepEqual(counts(), [1, 0, 1, 2, 1, 1])
      assert.match(program.output(), /6 predictions of version initial for 6 tasks\n +before +1 of them, for 1 task\n/)
      assert.match(program.output(), /held back 1 model-failed/)
      assert.match(program.output(), /project 12 shows no predictions: choose initial/)
      assert.ok(!api.seen.some(request => /tasks\/\d/.test(request)), 'asking for one task makes Label Studio predict')
    })

    const follow = (modelVersion: string) => {
      api.project.model_version = 'mine'
      api.backends.push({ id: 1, url: 'http://b:9090', title: 'mine', state: 'CO', model_version: modelVersion })
    }
    const showing: readonly [string, () => unknown, RegExp | undefined][] = [
      ['it follows a backend that answers this version', () => follow('initial'), undefined],
      [
        'it follows a backend that answers another',
        () => follow('v9'),
        /shows those of mine: choose initial in Settings/,
      ],
      [
        'it is held at a version that its backend has left',
        () => [follow('initial'), Object.assign(api.project, { model_version: 'v1' })],
        /shows those of v1: choose the backend «mine», not a version, in Settings/,
      ],
    ]
    for (const [name, change, words] of showing) {
      it(`says what to choose for its predictions to show, where ${name}`, async () => {
        change()
        const program = fill()
        assert.equal(await program.ended, 0, program.output())
        if (words === undefined) assert.doesNotMatch(program.output(), /choose/)
        else assert.match(program.output(), words)
      })
    }

    it('does not fail when it cannot learn of backends after the import', async () => {
      api.before = (_, response) => {
        if (api.seen.at(-1) === 'GET /api/ml') response.writeHead(403).end('{}')
      }
      const program = fill()
      assert.equal(await program.ended, 0, program.output())
      assert.ok(api.seen.includes('GET /api/ml'))
      assert.match(program.output(), /choose initial in Settings/)
    })

    it('goes on after an import that broke, and imports nothing twice', async () => {
      let imports = 0
      api.onImport = () => {
        imports += 1
        if (imports === 2) throw new Error('the connection breaks')
      }
      const first = fill()
      assert.notEqual(await first.ended, 0)
      const second = fill()
      assert.equal(await second.ended, 0, second.output())
      assert.deepEqual(counts(), [1, 0, 1, 2, 1, 1])
    })

    it('says how many Label Studio left out', async () => {
      api.isValid = ({ task }) => task !== 4
      const program = fill()
      assert.equal(await program.ended, 0, program.output())
      assert.match(program.output(), /1 label-studio-refused/)
    })
  })

  const mistakes: readonly [string, readonly string[], RegExp][] = [
    ['nothing to predict for', [], /--data tasks\.json and --out/],
    ['no place for the predictions', ['--data', 'some.json'], /--data tasks\.json and --out/],
    ['two targets', ['--data', 'a', '--out', 'b', '--label-studio-project', '1'], /not both/],
    ['no address of Label Studio', ['--label-studio-project', '1'], /LABEL_STUDIO_URL/],
    ['no label config', ['--data', 'some.json', '--out', 'x.json'], /no label-config\.xml beside the model/],
    ['no such data', ['--data', 'gone.json', '--out', 'x.json', '--label-config', 'config.xml'], /gone\.json cannot/],
    ['no folder', ['--data', 'some.json', '--out', 'no/x', '--label-config', 'config.xml'], /--out no\/x cannot/],
    [
      'no directory of versions where one is named',
      ['--data', 'some.json', '--out', 'x.json', '--label-config', 'config.xml', '--models-dir', 'modles'],
      /--models-dir .*; modles is none/,
    ],
    ['a wrong flag', ['--dta', 'some.json'], /Did you mean --data/],
  ]
  for (const [mistake, args, words] of mistakes) {
    it(`says what is wrong with ${mistake}`, async () => {
      const program = run([scripted, '--workers', '1', ...args])
      assert.equal(await program.ended, 2, program.output())
      assert.match(program.output(), words)
    })
  }

  it('has a help that fits a screen', async () => {
    const help = run(['--help'])
    assert.equal(await help.ended, 0)
    assert.ok(help.output().split('\n').length < 45, help.output())
  })
})
