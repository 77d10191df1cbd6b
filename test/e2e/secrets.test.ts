import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type LabelStudioApi, startLabelStudioApi } from '../support/label-studio-api.ts'
import { labelConfig } from '../support/model-server.ts'
import { type Program, spawnProgram } from '../support/spawn-program.ts'
import { annotatedTask, annotationEvent, listJobs } from '../support/training.ts'

const trainable = fileURLToPath(new URL('../models/trainable.ts', import.meta.url))
const isBun = 'bun' in process.versions

/** Each is planted where such a thing comes in. */
const secrets = {
  password: 'planted-password-of-the-backend',
  apiToken: 'planted-token-of-the-backend',
  webhookSecret: 'planted-secret-of-the-events',
  apiKey: 'planted-key-of-label-studio',
  accessToken: 'planted-token-that-setup-brings',
  taskPassword: 'planted-password-of-task-data',
  signature: 'planted-signature-of-a-cloud',
  userInfo: 'planted-password-in-a-url',
  text: 'planted-words-of-a-task',
}
const wrongGuess = 'planted-guess-that-was-mistyped'

describe('what a server writes', () => {
  let root: string
  let api: LabelStudioApi
  let program: Program
  let url: string
  const said: string[] = []
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'htx-secrets-'))
    api = await startLabelStudioApi()
    Object.assign(api, { token: secrets.apiKey })
    api.tasks = [{ ...annotatedTask(1, 'great film', 'Positive'), predictions: [] }]
    const args = [
      trainable,
      '--workers',
      '1',
      '--port',
      '0',
      '--log-level',
      'trace',
      '--webhook-secret',
      secrets.webhookSecret,
    ]
    program = spawnProgram('htx-serve', [...args, '--drain-timeout', '1'], root, {
      BASIC_AUTH_USER: 'ann',
      BASIC_AUTH_PASS: secrets.password,
      HTX_API_TOKEN: secrets.apiToken,
      LABEL_STUDIO_URL: api.url,
      LABEL_STUDIO_API_KEY: secrets.apiKey,
      TMPDIR: root,
    })
    url = (await program.says(/listening\s+(\S+)\n/))[1] ?? ''
  })
  after(async () => {
    await program.stop('SIGKILL')
    await api.close()
    await rm(root, { recursive: true })
  })

  const credentials = { authorization: `Basic ${btoa(`ann:${secrets.password}`)}` }
  async function ask(path: string, body?: unknown, headers: Record<string, string> = credentials): Promise<string> {
    const sent =
      body === undefined ? {} : { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }
    const answer = await fetch(url + path, { ...sent, headers })
    const text = `${answer.status} ${answer.statusText} ${JSON.stringify([...answer.headers])} ${await answer.text()}`
    said.push(text)
    return text
  }

  it('holds no secret: log, answers, metrics, files and the list of programs', async () => {
    const project = {
      id: 12,
      label_config: labelConfig,
      task_data_password: secrets.taskPassword,
      token: secrets.accessToken,
    }
    const params = { login: 'ann', password: secrets.taskPassword, context: null }
    const data = (text: string) => ({
      tasks: [{ id: 1, data: { text } }],
      project: '12.1',
      label_config: labelConfig,
      params,
    })
    const setup = { project: '12.1', schema: labelConfig, hostname: api.url, access_token: secrets.accessToken }
    assert.match(await ask('/setup', setup), /^200/)
    assert.match(await ask('/setup', { ...setup, hostname: `http://ann:${secrets.userInfo}@127.0.0.1:1` }), /^200/)
    assert.match(await ask('/predict', data(secrets.text)), /^200/)
    const event = annotationEvent('ANNOTATION_CREATED', {
      task: 2,
      annotation: 102,
      text: 'awful film',
      choice: 'Negative',
      updatedAt: '2026-03-02T09:00:00Z',
    })
    assert.match(
      await ask('/webhook', { ...event, project }, { authorization: `Bearer ${secrets.webhookSecret}` }),
      /^200/,
    )
    assert.match(await ask('/webhook', { action: 'START_TRAINING', project }), /^201/)
    const [job] = await listJobs({ url }, undefined, credentials)
    const fetching = { url, get: () => ask(`/api/jobs/${job?.id}`) }
    while (/"state":"(queued|running)"/.test(await fetching.get()));
    assert.match(await fetching.get(), /"state":"succeeded"/)
    // What goes wrong tells more than what does not.
    await ask('/predict', data(`http://127.0.0.1:1/a?X-Amz-Signature=${secrets.signature}`))
    await ask(
      '/predict',
      `{"tasks": [{"data": {"text": "${secrets.text}"}}], "params": {"password": "${secrets.taskPassword}"`,
    )
    await ask(`/nowhere?token=${secrets.apiToken}`)
    await ask('/health', undefined, { authorization: `Bearer ${wrongGuess}` })
    await ask('/health', undefined, { authorization: `Basic ${btoa(`ann:${wrongGuess}`)}` })
    await ask('/train', { annotations: [{ data: { text: secrets.text } }], project: '13', params })
    for (const path of [
      '/metrics',
      '/api/jobs',
      '/api/versions',
      '/api/models',
      '/openapi.json',
      '/readyz?verbose',
      `/api/jobs/${job?.id}/log`,
    ]) {
      assert.match(await ask(path), /^200/, path)
    }
    const programs = await commandLines()
    const files = await filesBelow(root)
    assert.equal(await program.stop('SIGTERM'), 0)
    const written = { log: program.output(), answers: said.join('\n'), programs: isBun ? '' : programs }
    for (const [name, secret] of [...Object.entries(secrets), ['guess', wrongGuess] as const]) {
      for (const [where, text] of Object.entries(written)) {
        for (const form of [secret, btoa(secret), encodeURIComponent(secret), btoa(`ann:${secret}`)]) {
          assert.ok(!text.includes(form), `${name} stands in the ${where}: ${around(text, form)}`)
        }
      }
      for (const [file, { content, mode }] of files) {
        if (content.includes(secret))
          assert.ok(isState(file) && (mode & 0o077) === 0, `${name} stands in ${file}, mode ${mode.toString(8)}`)
      }
    }
    assert.ok([...files.keys()].some(isState))
  })

  /** Of what this test started, and what that started; without a list of programs there is nothing to see. */
  async function commandLines(): Promise<string> {
    if (!existsSync('/proc/self')) return ''
    const lines = (await readdir('/proc'))
      .filter(name => /^\d+$/.test(name))
      .map(async pid => {
        const [line, folder] = await Promise.all([
          readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
          readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''),
        ])
        return folder.includes(`TMPDIR=${root}`) ? line : ''
      })
    return (await Promise.all(lines)).join('\n')
  }
})

/** The database, and what belongs to it, hold tokens; nobody else may read them. */
function isState(file: string): boolean {
  return basename(file).startsWith('htx.sqlite')
}

async function filesBelow(root: string): Promise<ReadonlyMap<string, { content: string; mode: number }>> {
  const files = new Map<string, { content: string; mode: number }>()
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile())
      files.set(path, { content: await readFile(path, 'latin1'), mode: (await stat(path)).mode & 0o777 })
  }
  return files
}

function around(text: string, words: string): string {
  const at = text.indexOf(words)
  return text.slice(Math.max(0, at - 100), at + 200)
}
