import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { eventually, labelConfig } from '../support/model-server.ts'
import { type Program, spawnProgram } from '../support/spawn-program.ts'

const scripted = fileURLToPath(new URL('../models/scripted.ts', import.meta.url))

describe('htx-serve', () => {
  let directory: string
  const started: Program[] = []
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'htx-serve-'))
  })
  after(async () => {
    await Promise.all(started.map(program => program.stop('SIGKILL')))
    await rm(directory, { recursive: true })
  })

  function serve(args: readonly string[], env?: Record<string, string>): Program {
    const program = spawnProgram('htx-serve', args, directory, env)
    started.push(program)
    return program
  }
  const ask = (url: string, text: string) =>
    fetch(`${url}/predict`, {
      method: 'POST',
      body: JSON.stringify({ tasks: [{ data: { text } }], label_config: labelConfig }),
    })
  const untilBusy = (url: string) =>
    eventually(
      async () => (await fetch(`${url}/metrics`)).text(),
      metrics => metrics.includes('htx_slots{state="busy"} 1'),
    )

  it('says what it serves, answers, and ends on SIGTERM after what is under way', async () => {
    const program = serve([scripted, '--workers', '2', '--port', '0', '--set', 'threshold=0.5'])
    const [, url = ''] = await program.says(/listening\s+(\S+)\n/)
    await program.says(/--init --ml-backends http:\/\/localhost:\d+/)
    assert.match(program.output(), /serves Scripted, version initial/)
    assert.match(program.output(), /Choices over Text/)
    assert.equal((await ask(url, 'fine')).status, 200)
    const slow = ask(url, 'pause 500')
    await untilBusy(url)
    assert.equal(await program.stop('SIGTERM'), 0)
    assert.equal((await slow).status, 200)
  })

  it('ends at once on the second signal', async () => {
    const program = serve([scripted, '--workers', '1', '--port', '0'])
    const [, url = ''] = await program.says(/listening\s+(\S+)\n/)
    const slow = ask(url, 'pause 20000').catch(error => error)
    await untilBusy(url)
    void program.stop('SIGINT')
    await program.says(/finishing what is under way/)
    assert.equal(await program.stop('SIGINT'), 130)
    await slow
  })

  it('takes flags from the environment, under the names of the Python backends too, and flags win', async () => {
    const env = { PORT: '0', WORKERS: '3', MODEL_DIR: 'from-env', LOG_LEVEL: 'ERROR' }
    const program = serve([scripted, '--workers', '1'], env)
    await program.says(/versions\s+.*from-env\n/)
    assert.match(program.output(), /workers\s+1\n/)
    assert.equal(await program.stop('SIGTERM'), 0)
  })

  it('says in one line that the port is in use', async () => {
    const first = serve([scripted, '--workers', '1', '--port', '0'])
    const [, port = ''] = await first.says(/listening\s+http:\/\/localhost:(\d+)\n/)
    const second = serve([scripted, '--workers', '1', '--port', port])
    assert.equal(await second.ended, 2)
    assert.match(second.output(), new RegExp(`^htx-serve: port ${port} on localhost is in use`, 'm'))
    assert.equal(await first.stop('SIGTERM'), 0)
  })

  it('says what is wrong with what it was given', async () => {
    await writeFile(join(directory, 'empty.mjs'), 'export const a = 1')
    await writeFile(join(directory, 'broken.json'), '{')
    const mistakes: [string[], RegExp][] = [
      [[], /there is no model\.ts/],
      [['gone.ts'], /there is no file .*gone\.ts/],
      [['empty.mjs'], /must export a subclass of BaseModel/],
      [[scripted, '--worker', '2'], /Did you mean --workers/],
      [[scripted, '--workers', '0'], /whole number, 1 or more/],
      [[scripted, '--config', 'broken.json'], /must hold JSON/],
      [[scripted, '--set', 'threshold'], /wants key=value/],
      [[scripted, '--models-dir', 'empty.mjs'], /must be a directory/],
      [[scripted, '--log-level', 'loud'], /must be one of trace, debug/],
      [[scripted, '--basic-auth-user', 'ann'], /BASIC_AUTH_USER and BASIC_AUTH_PASS belong together/],
      [[scripted, '--api-token', 'short'], /apiToken .*16 characters.*HTX_API_TOKEN.*got a text of 5 characters/],
      [[scripted, '--tls-cert', 'cert.pem'], /--tls-cert and --tls-key belong together/],
    ]
    for (const [args, words] of mistakes) {
      const program = serve(args)
      assert.equal(await program.ended, 2, program.output())
      assert.match(program.output(), words)
      assert.doesNotMatch(program.output(), /\n\s+at /, 'a stack is for defects')
    }
  })

  it('warns when other machines can use it without credentials', async () => {
    const args = [scripted, '--workers', '1', '--port', '0', '--host', '0.0.0.0']
    const open = serve(args)
    await open.says(/other machines can use this server.* set BASIC_AUTH_USER and BASIC_AUTH_PASS/)
    assert.equal(await open.stop('SIGTERM'), 0)
    const closed = serve(args, { BASIC_AUTH_USER: 'ann', BASIC_AUTH_PASS: 'secret' })
    await closed.says(/listening\s+(\S+)\n/)
    assert.equal(await closed.stop('SIGTERM'), 0)
    assert.doesNotMatch(closed.output(), /other machines/)
  })

  it('loads a model from the checkpoint_file of config.json', async () => {
    const checkpoint = join(directory, 'checkpoint.txt')
    await writeFile(checkpoint, 'Negative')
    await writeFile(join(directory, 'config.json'), JSON.stringify({ checkpoint_file: checkpoint }))
    const model = fileURLToPath(new URL('../models/from-checkpoint.ts', import.meta.url))
    // Docker Compose sets variables to nothing that it has no value for.
    const program = serve([model, '--workers', '1', '--port', '0', '--config', 'config.json'], { LABEL_STUDIO_URL: '' })
    const [, url = ''] = await program.says(/listening\s+(\S+)\n/)
    assert.match(await (await ask(url, 'fine')).text(), /"choices":\["Negative"\]/)
    assert.equal(await program.stop('SIGTERM'), 0)
  })

  it('says which version it is, and its help fits a screen', async () => {
    const version = serve(['--version'])
    assert.equal(await version.ended, 0)
    assert.match(version.output(), /^\d+\.\d+\.\d+\n$/)
    const help = serve(['--help'])
    assert.equal(await help.ended, 0)
    assert.ok(help.output().split('\n').length < 45, help.output())
  })
})
