import assert from 'node:assert/strict'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { ModelStore } from '@htx/core'
import { publish } from '../../bench/measure/publish.ts'
import { eventually } from '../support/model-server.ts'
import { type Served, serve } from './support/served.ts'
import { describe as tell, underLoad } from './support/steady-load.ts'
import { mountTmpfs, whyNoTmpfs } from './support/tmpfs.ts'
import { servedVersion, serves } from './support/versions.ts'

describe('a models directory that changes under load', () => {
  it('may be deleted and made again: what is loaded goes on, what comes next is served', async t => {
    await using server = await serve()
    await serves(server, await publish(server.modelsDir))
    const tally = await underLoad({ url: server.url }, async load => {
      for (let time = 0; time < 3; time += 1) {
        const before = await servedVersion(server)
        await rm(server.modelsDir, { recursive: true })
        await load.goesOn(200)
        await untilDirectoryIs(server, 0)
        assert.equal(await servedVersion(server), before)
        assert.equal((await server.readyz()).code, 200)
        await mkdir(server.modelsDir)
        await serves(server, await publish(server.modelsDir))
        await untilDirectoryIs(server, 1)
      }
    })
    t.diagnostic(tell(tally))
    assert.equal(tally.refused.size, 0)
  })

  it('may be moved away and put back', async t => {
    await using server = await serve()
    const version = await publish(server.modelsDir)
    await serves(server, version)
    const tally = await underLoad({ url: server.url }, async load => {
      await rename(server.modelsDir, `${server.modelsDir}-away`)
      await load.goesOn(200)
      await rename(`${server.modelsDir}-away`, server.modelsDir)
      await load.goesOn(200)
      assert.equal(await servedVersion(server), version)
      await serves(server, await publish(server.modelsDir))
    })
    t.diagnostic(tell(tally))
    assert.equal(tally.refused.size, 0)
  })

  it('may become read-only: a server goes on, starts on it, and sees what comes when it can be written again', {
    skip: whyNoTmpfs(),
  }, async t => {
    using tmpfs = mountTmpfs({ sizeMib: 16 })
    // A file that is open for writing, as the state is, would keep it from becoming read-only.
    await using server = await serve({ modelsDir: tmpfs.directory, flags: ['--state-file', 'state.sqlite'] })
    const version = await publish(tmpfs.directory)
    await serves(server, version)
    const tally = await underLoad({ url: server.url }, async load => {
      tmpfs.setReadOnly(true)
      await load.goesOn(200)
      await assert.rejects(publish(tmpfs.directory), { code: 'HTX_MODELS_DIR_UNUSABLE' })
      await using second = await serve({ modelsDir: tmpfs.directory })
      assert.equal(await servedVersion(second), version)
      tmpfs.setReadOnly(false)
      const next = await publish(tmpfs.directory)
      await Promise.all([serves(server, next), serves(second, next)])
    })
    t.diagnostic(tell(tally))
    assert.equal(tally.refused.size, 0)
  })

  it('may hold 1,000 versions', async t => {
    await using server = await serve()
    const pattern = await publish(server.modelsDir)
    await serves(server, pattern)
    const directory = join(server.modelsDir, 'default')
    const manifest = await readFile(join(directory, pattern, 'manifest.json'), 'utf8')
    const tally = await underLoad({ url: server.url }, async load => {
      for (let count = 0; count < 1_000; count += 1) {
        const version = `20260101T000000${String(count).padStart(3, '0')}Z-0000`
        await mkdir(join(directory, `.${version}`))
        await writeFile(join(directory, `.${version}`, 'manifest.json'), manifest.replaceAll(pattern, version))
        await rename(join(directory, `.${version}`), join(directory, version))
      }
      assert.equal((await (await ModelStore.open(server.modelsDir)).versions('default')).length, 1_001)
      await load.goesOn(200)
      await serves(server, await publish(server.modelsDir))
      await using second = await serve({ modelsDir: server.modelsDir })
      assert.equal(await servedVersion(second), await servedVersion(server))
      assert.ok((await second.readyz()).versions.length > 1_000)
    })
    t.diagnostic(tell(tally))
    assert.equal(tally.refused.size, 0)
  })
})

/** What its alert looks at. */
async function untilDirectoryIs({ url }: Served, ok: 0 | 1): Promise<void> {
  await eventually(
    async () => /^htx_models_directory_ok (\d)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1],
    value => value === String(ok),
  )
}
