import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { type LabelStudioApi, startLabelStudioApi } from '../support/label-studio-api.ts'
import { labelConfig, startServer } from '../support/model-server.ts'
import { type Program, spawnProgram } from '../support/spawn-program.ts'

const region = {
  id: 'a',
  from_name: 'sentiment',
  to_name: 'text',
  type: 'choices',
  value: { choices: ['Positive'] },
}
const good = { result: [region], score: 0.5, model_version: 'v1' }
const odd = { ...region, value: { choices: ['Postive'] } }

describe('htx-check', () => {
  let directory: string
  const started: Program[] = []
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'htx-check-'))
    await writeFile(join(directory, 'c.xml'), labelConfig)
  })
  after(async () => {
    await Promise.all(started.map(program => program.stop('SIGKILL')))
    await rm(directory, { recursive: true })
  })

  async function check(args: readonly string[], env?: Record<string, string>): Promise<[unknown, string]> {
    const program = spawnProgram('htx-check', args, directory, env)
    started.push(program)
    return [await program.ended, program.output()]
  }

  describe('of a file', () => {
    async function checkTasks(tasks: unknown, ...args: string[]): Promise<[unknown, string]> {
      await writeFile(join(directory, 'p.json'), typeof tasks === 'string' ? tasks : JSON.stringify(tasks))
      return check(['--label-config', 'c.xml', 'p.json', ...args])
    }
    const task = (...predictions: unknown[]) => ({ id: 42, data: { text: 'fine' }, predictions })

    it('is content when all would show, as a list and line by line', async () => {
      const [code, output] = await checkTasks([task(good), task(good, good)])
      assert.equal(code, 0)
      assert.match(output, /3 predictions of 2 tasks: all of them would show/)
      const lines = `${JSON.stringify(task(good))}\n${JSON.stringify(task(good))}\n`
      assert.equal((await checkTasks(lines))[0], 0)
    })

    it('names a problem by task, prediction, region and field, with what Label Studio does and the mend', async () => {
      const [code, output] = await checkTasks([task(good), task(good, { ...good, result: [region, odd] })])
      assert.equal(code, 2)
      assert.match(output, /task 2 \(id 42\), prediction 2, region 2 \(id "a"\): value\.choices\[0\]/)
      assert.match(output, /expected one of "Positive", "Negative", got "Postive"; Label Studio stores it/)
      assert.match(output, /→ Use a value of <Choices name="sentiment">/)
      assert.match(output, /htx-check: \d problems? found/)
    })

    const fates: readonly [string, unknown, RegExp][] = [
      ['no result', task({ score: 1 }), /refuses the whole file/],
      ['a result that is null', task({ result: null }), /leaves the tasks of the file behind/],
      ['a score that is no number', task({ ...good, score: 'high' }), /stores no score/],
      ['a score that is a text', task({ ...good, score: '0.8' }), /→ Write a number from 0 to 1 \(87 % is 0\.87\)/],
      ['a result that is an object', task({ ...good, result: region }), /→ Put it into a list: "result": \[\{…\}\]/],
      ['an id that is a number', task({ ...good, result: [{ ...region, id: 7 }] }), /→ Write it as a text: "7"/],
      [
        'an unknown control',
        task({ ...good, result: [{ ...region, from_name: 'mood' }] }),
        /→ Write the "name" of a control of the label config/,
      ],
      ['a version that is null', task({ ...good, model_version: null }), /under no version/],
      [
        'data that the config does not show',
        { data: { txt: 1 }, predictions: [good] },
        /shows \$text, the task has txt/,
      ],
      ['no data', { text: 'fine', predictions: [good] }, /takes the whole object for the data/],
      ['predictions that are no list', { data: { text: 'x' }, predictions: good }, /expected a list/],
      [
        'a prediction by another key',
        { id: 42, data: { text: 'x' }, prediction: good },
        /task 1 \(id 42\): prediction +did you mean "predictions"\?/,
      ],
      ['no predictions at all', { data: { text: 'x' } }, /none of which has predictions/],
    ]
    for (const [name, value, words] of fates) {
      it(`says what Label Studio does of ${name}`, async () => {
        const [code, output] = await checkTasks([value])
        assert.equal(code, 2)
        assert.match(output, words)
      })
    }

    it('says what a score in percent would be', async () => {
      const [, output] = await checkTasks([task({ ...good, score: 87 })])
      assert.match(output, /→ Write a number from 0 to 1 \(87 % is 0\.87\)/)
    })

    it('warns of versions that are never shown together, and of a number for a version, and is content', async () => {
      const [code, output] = await checkTasks([
        task(good, { ...good, model_version: 'v2' }, { ...good, model_version: 3 }),
      ])
      assert.equal(code, 0, output)
      assert.match(output, /of 2 versions \(v1, v2\)/)
      assert.match(output, /all of them would show, 2 warnings/)
    })

    it('does not say that all is well of tasks without predictions', async () => {
      const [code, output] = await checkTasks([task(good), task(), task()])
      assert.equal(code, 0, output)
      assert.match(output, /1 prediction of 1 task: it would show; 2 tasks without any\n/)
    })

    it('says that a file holds no task', async () => {
      const [code, output] = await checkTasks([])
      assert.equal(code, 2)
      assert.match(output, /p\.json +it holds no task/)
    })

    it('tells findings as JSON lines', async () => {
      const [, output] = await checkTasks([task({ ...good, result: [odd] })], '--json')
      const [finding, summary] = output.split('\n').map(line => (line.startsWith('{') ? JSON.parse(line) : undefined))
      assert.deepEqual(finding.place, {
        task: 1,
        taskId: 42,
        prediction: 1,
        region: 1,
        regionId: 'a',
        field: 'value.choices[0]',
      })
      assert.equal(finding.verdict, 'problem')
      assert.deepEqual([summary.event, summary.tasks, summary.problems], ['checked', 1, 1])
    })

    const faults: readonly [string, string, RegExp][] = [
      [
        'NaN',
        '[{"data":{"text":"x"},"predictions":[{"score":NaN}]}]',
        /not JSON at task 1: unexpected "NaN"\. NaN and Infinity, as Python writes them, are no JSON/,
      ],
      ['HTML', '<html>', /not JSON at task 1: unexpected "<"\n/],
      ['a trailing comma', `[${JSON.stringify(task(good))},{"data":{},}]`, /not JSON at task 2: unexpected "}"\n/],
      ['a file that is cut off', `[${JSON.stringify(task(good))},{"data":{"te`, /ends in the middle of task 2\n/],
    ]
    for (const [name, text, words] of faults) {
      it(`says where a file is no JSON: ${name}`, async () => {
        const [code, output] = await checkTasks(text)
        assert.equal(code, 2)
        assert.match(output, words)
        assert.doesNotMatch(output, /state|parsing/)
      })
    }
  })

  describe('of a backend', () => {
    before(() => writeFile(join(directory, 't.json'), JSON.stringify(['fine', 'fine', 'fine'].map(toTask))))
    const toTask = (text: string, id: number) => ({ id, data: { text } })
    const ask = (url: string, ...args: string[]) =>
      check(['--url', url, '--label-config', 'c.xml', '--tasks', 't.json', ...args])

    it('finds nothing wrong with ours', async () => {
      const server = await startServer('scripted.ts', { workers: 1 })
      try {
        const [code, output] = await ask(server.url)
        assert.equal(code, 0, output)
        for (const row of ['health', 'setup', 'predict, one task', 'predict, 3 tasks', 'webhook']) {
          assert.match(output, new RegExp(`✔ ${row} +\\d+ ms of \\d+ s`))
        }
        assert.match(output, /– interactive +the label config has no smart tool/)
      } finally {
        await server.close()
      }
    })

    it('asks for what a smart tool would send', async () => {
      const smart = labelConfig.replace('toName="text"', 'toName="text" smart="true"')
      await writeFile(join(directory, 'smart.xml'), smart)
      const server = await startServer('scripted.ts', { workers: 1 })
      try {
        const [code, output] = await ask(server.url, '--label-config', 'smart.xml')
        assert.equal(code, 0, output)
        assert.match(output, /✔ interactive, Choices +\d+ ms of 100 s +1 region would show/)
      } finally {
        await server.close()
      }
    })

    it('says that a password is wanted, and that the webhook of Label Studio brings none', async () => {
      const basicAuth = { user: 'u', password: 'p' }
      const server = await startServer('scripted.ts', { workers: 1, basicAuth })
      try {
        const [code, output] = await ask(server.url)
        assert.equal(code, 2)
        assert.match(output, /✖ health .*401 .*\n +→ Give --basic-auth-user/)
        const [given, words] = await ask(server.url, '--basic-auth-user', 'u', '--basic-auth-pass', 'p')
        assert.equal(given, 0, words)
        assert.match(words, /! webhook +.*brings no credentials/)
      } finally {
        await server.close()
      }
    })

    it('says what Label Studio makes of odd answers, where the person in the browser sees nothing', async () => {
      const answers: Record<string, (response: ServerResponse) => unknown> = {
        '/health': response => response.end('UP'),
        '/setup': response => response.end('[]'),
        '/predict': response => response.writeHead(503, 'the model is asleep').end('{}'),
        '/webhook': response => response.writeHead(500).end('{}'),
      }
      const server = createServer((request, response) => {
        request.resume()
        answers[request.url ?? '']?.(response)
      })
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      try {
        const [code, output] = await ask(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
        assert.equal(code, 2)
        assert.match(output, /✖ health .*no JSON: UP/)
        assert.match(output, /✖ setup .*expected \{ "model_version": … \}/)
        assert.match(output, /✖ predict, one task .*503 the model is asleep.*stores nothing, and says nothing/)
        assert.match(output, /! webhook .*500/)
      } finally {
        server.closeAllConnections()
        await new Promise(resolve => server.close(resolve))
      }
    })

    it('says in a line that a web page is no backend, and that most tasks have no prediction', async () => {
      const page = '<!DOCTYPE html><html><body>Welcome</body></html>'
      const results = JSON.stringify({ results: [good, [], []] })
      let isBackend = false
      const server = createServer((request, response) => {
        request.resume()
        if (!isBackend) response.writeHead(404).end(page)
        else response.end(request.url === '/predict' ? results : '{"model_version":"v1","status":"UP"}')
      })
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      try {
        const [code, output] = await ask(url)
        assert.equal(code, 2)
        assert.match(output, /✖ health .*404 Not Found: this is no ML backend\n +→ Give the address/)
        assert.doesNotMatch(output, /setup|Welcome/)
        isBackend = true
        assert.match(
          (await ask(url))[1],
          /! predict, 3 tasks .*1 prediction would show\n! .*no prediction for 2 of 3 tasks/,
        )
      } finally {
        server.closeAllConnections()
        await new Promise(resolve => server.close(resolve))
      }
    })

    it('says that nobody is there', async () => {
      const [code, output] = await ask('http://127.0.0.1:9')
      assert.equal(code, 2)
      assert.match(output, /✖ health/)
      assert.doesNotMatch(output, /setup/)
    })
  })

  describe('of a project of Label Studio', () => {
    let api: LabelStudioApi
    beforeEach(async () => {
      api = await startLabelStudioApi()
      api.tasks.push({ id: 1, data: { text: 'fine' }, predictions: [{ ...good }] })
      api.project.model_version = 'v1'
    })
    afterEach(() => api.close())
    const ask = (env: Record<string, string> = {}) =>
      check(['--label-studio-project', '12'], { LABEL_STUDIO_URL: api.url, LABEL_STUDIO_API_KEY: api.token, ...env })
    const connect = (more: object = {}) => {
      api.backends.push({
        id: 1,
        url: 'http://localhost:9090',
        title: 'mine',
        state: 'CO',
        model_version: 'v1',
        ...more,
      })
      api.webhooks.push({ id: 1, url: 'http://localhost:9090/webhook', is_active: true })
    }

    it('is content with a project that shows its predictions, and reads lists only', async () => {
      connect()
      const [code, output] = await ask()
      assert.equal(code, 0, output)
      assert.match(output, /1\.23\.2; the token is accepted/)
      assert.ok(api.seen.every(request => request.startsWith('GET') && !/tasks\/\d/.test(request)))
    })

    const reasons: readonly [string, () => unknown, number, RegExp][] = [
      [
        'predictions are switched off',
        () => Object.assign(api.project, { show_collab_predictions: false }),
        2,
        /prelabel/,
      ],
      [
        'another version is shown',
        () => Object.assign(api.project, { model_version: 'v9' }),
        2,
        /version v9, of which/,
      ],
      [
        'no version is shown',
        () => Object.assign(api.project, { model_version: '' }),
        2,
        /shows no version.*\n +→ Choose the version in Settings > Annotation > Prelabeling\./,
      ],
      [
        'no version is shown, and a backend could be followed',
        () => [connect(), Object.assign(api.project, { model_version: '' })],
        2,
        /shows no version.*\n +→ Choose the backend «mine» in .*, not a version: then new versions show by themselves/,
      ],
      [
        'a version is shown that the backend has left behind',
        () => connect({ model_version: 'v2' }),
        0,
        /! model_version +new predictions will not show: the project is held at v1, .* at v2\n +→ Choose the backend «mine»/,
      ],
      ['the backend cannot be reached', () => connect({ state: 'DI' }), 2, /ML_BLOCK_LOCAL_IP=false/],
      [
        '/setup fails',
        () => connect({ state: 'ER', error_message: '422 no Choices' }),
        2,
        /setup failed: 422 no Choices/,
      ],
      ['no backend', () => api.tasks.splice(0), 2, /none is connected/],
      ['no tasks', () => api.tasks.splice(0), 2, /it has no tasks/],
      [
        'nothing of it shows',
        () => api.tasks[0]?.predictions.push({ ...good, result: [odd] }),
        2,
        /task 1 \(id 1\), pred/,
      ],
      ['a second backend', () => [connect(), connect({ url: 'http://b:1' })], 0, /only the first/],
      ['no webhook', () => [connect(), api.webhooks.splice(0)], 0, /SSRF_PROTECTION_ENABLED=false/],
      [
        'a webhook that is off',
        () => [connect(), Object.assign(api.webhooks[0] ?? {}, { is_active: false })],
        0,
        /switched off/,
      ],
      ['a service name', () => [connect({ url: 'http://ml:9090' })], 0, /no webhook to a host name without a dot/],
      [
        'legacy tokens are off',
        () => [connect(), Object.assign(api, { acceptsLegacyTokens: false })],
        0,
        /legacy tokens/,
      ],
    ]
    for (const [name, change, code, words] of reasons) {
      it(`says so where there is or where is: ${name}`, async () => {
        change()
        const [ended, output] = await ask()
        assert.match(output, words)
        assert.equal(ended, code, output)
      })
    }

    it('says that the token is refused', async () => {
      const [code, output] = await ask({ LABEL_STUDIO_API_KEY: 'ffff' })
      assert.equal(code, 2)
      assert.match(output, /Invalid token.*personal access token/)
      assert.doesNotMatch(output, /ffff/)
    })
  })

  const mistakes: readonly [string, readonly string[], RegExp][] = [
    ['nothing to check', [], /nothing to check/],
    ['no label config', ['p.json'], /--label-config/],
    ['no such file', ['gone.json', '--label-config', 'c.xml'], /gone\.json cannot be read/],
    ['no URL', ['--url', 'localhost', '--label-config', 'c.xml'], /such as http:\/\/localhost:9090/],
    ['no address of Label Studio', ['--label-studio-project', '1'], /LABEL_STUDIO_URL/],
    ['a wrong flag', ['--labelconfig', 'c.xml'], /Did you mean --label-config/],
  ]
  for (const [mistake, args, words] of mistakes) {
    it(`says what is wrong with ${mistake}`, async () => {
      const [code, output] = await check(args)
      assert.equal(code, 2, output)
      assert.match(output, words)
    })
  }

  it('has a help that fits a screen, and says which exit code means what', async () => {
    const [code, output] = await check(['--help'])
    assert.equal(code, 0)
    assert.ok(output.split('\n').length < 45, output)
    assert.match(output, /Exit codes: 0 all would show · 2 problems/)
  })
})
