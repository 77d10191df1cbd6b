import assert from 'node:assert/strict'
import { join } from 'node:path'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { labelConfig } from '../support/model-server.ts'
import { spawnProgram } from '../support/spawn-program.ts'
import { withTempDirectory } from '../support/temp-directory.ts'
import { annotationEvent } from '../support/training.ts'

interface LogLine {
  readonly time: string
  readonly level: number
  readonly msg: string
  readonly requestId?: string
  readonly project?: string
  readonly version?: string
  readonly job?: string
  readonly [field: string]: unknown
}

const project = '12.1700000000'
const modelFile = (name: string) => fileURLToPath(new URL(`../models/${name}`, import.meta.url))

/** The greeting stands between them. */
function linesOf(output: string): LogLine[] {
  return output.split('\n').flatMap(line => (line.startsWith('{') ? [JSON.parse(line)] : []))
}

/** Finds one line after the other. */
function reader(lines: readonly LogLine[]) {
  let from = 0
  return (message: RegExp, fields: object = {}): LogLine => {
    const expected = Object.entries(fields)
    const isRight = (line: LogLine) => message.test(line.msg) && expected.every(([name, value]) => line[name] === value)
    const place = lines.findIndex((line, at) => at >= from && isRight(line))
    const rest = lines.slice(from).map(line => JSON.stringify(line))
    assert.ok(place >= 0, `no line ${message} ${JSON.stringify(fields)} in:\n${rest.join('\n')}`)
    from = place + 1
    return lines[place] as LogLine
  }
}

it('the log tells what happened in order, with the ids of requests, jobs and versions that join it', () =>
  withTempDirectory(async directory => {
    const args = [modelFile('scripted.ts'), '--train', modelFile('trainable.ts'), '--port', '0', '--workers', '1']
    const more = ['--models-dir', join(directory, 'models'), '--log-format', 'json', '--train-every', '1']
    const server = spawnProgram('htx-serve', [...args, ...more, '--debounce', '0.01'], directory)
    let requestId: string | undefined
    try {
      const [, url] = await server.says(/listening +(http:\S+)/)
      const post = (path: string, body: object) =>
        fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) })
      const predict = (text: string) =>
        post('/predict', { tasks: [{ id: 1, data: { text } }], project, label_config: labelConfig })

      assert.equal((await post('/setup', { project, schema: labelConfig })).status, 200)
      assert.equal((await predict('fine')).status, 200)
      const about = { task: 1, annotation: 1, text: 'great', choice: 'Positive', updatedAt: '2026-01-01T00:00:00Z' }
      const event = { ...annotationEvent('ANNOTATION_CREATED', about), project: { id: 12 } }
      assert.equal((await post('/webhook', event)).status, 200)
      await server.says(/"msg":"trained"/)
      assert.equal((await predict('fine')).status, 200)
      assert.equal((await predict('exit')).status, 500)
      const text = 'Patient Jane Doe'
      await fetch(`${url}/predict`, { method: 'POST', body: `{"access_token":"${text}",` })
      await post('/predict', { tasks: [{ id: 1, data: text }], project, label_config: labelConfig })
      await predict(`echo ${text}`)
      const refused = await post('/predict', { tasks: 1 })
      assert.match(refused.headers.get('x-request-id') ?? '', /^\w+-\w+$/)
      requestId = ((await refused.json()) as { requestId: string }).requestId
      assert.equal(await server.stop('SIGTERM'), 0)
    } finally {
      await server.stop('SIGKILL')
    }

    assert.doesNotMatch(server.output(), /Patient|Jane/)
    const lines = linesOf(server.output())
    const next = reader(lines)
    next(/version is live/, { version: 'initial' })
    next(/listening/)
    const setup = next(/project set up/, { project: '12', version: 'initial' })
    const before = next(/^predicted/, { project: '12', version: 'initial', tasks: 1 })
    const stored = next(/annotations stored/, { project: '12', action: 'ANNOTATION_CREATED', changes: 1 })
    const asked = next(/training asked for/, { project: '12', requestId: stored.requestId })
    const { job } = asked
    const begins = next(/training begins/, { project: '12', job })
    assert.deepEqual(begins.causes, [{ by: 'every 1 annotations', requestId: stored.requestId }])
    const { version } = next(/version is published/, { project: '12', job })
    next(/version is live/, { project: '12', version, job })
    next(/^trained/, { project: '12', version, job })
    const after = next(/^predicted/, { project: '12', version })
    next(/worker lost/)
    const failed = next(/lost/, { code: 'HTX_MODEL_FAILED', route: '/predict' })
    next(/must be JSON|must have|expected/, { code: 'HTX_REQUEST_INVALID', requestId })
    next(/finishing what is under way/, { signal: 'SIGTERM' })
    next(/the server is closing/)
    next(/the server is closed/)

    const ids = [setup, before, stored, after, failed, { requestId }].map(line => line.requestId)
    assert.ok(ids.every(id => typeof id === 'string' && id !== ''))
    assert.equal(new Set(ids).size, ids.length)
    for (const line of lines) if ('route' in line) assert.ok(line.requestId !== undefined, JSON.stringify(line))
    const times = lines.map(({ time }) => Date.parse(time))
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    )
  }))
