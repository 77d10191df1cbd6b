import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openTaskData } from '../../src/task-data/task-data.ts'
import { serveFiles } from './serve-files.ts'

let home: string
let root: string

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'htx-shared-file-'))
  root = join(home, 'files')
  for (const name of ['set1/pic é 1.png', 'set1/a+b.png', 'set1/50%.png', 'set1/#1.png', 'set1/a&b.png', 'c%20d.png']) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), '')
  }
  await writeFile(join(home, 'secret.png'), '')
  await symlink(join(home, 'secret.png'), join(root, 'link.png'))
})

after(() => rm(home, { recursive: true }))

describe('local files of Label Studio under a shared root', () => {
  it('are found where they lie, encoded or not, under whatever address', async () => {
    await using taskData = openTaskData({ localFilesRoot: root })
    const values = {
      '/data/local-files/?d=set1/pic%20%C3%A9%201.png': 'set1/pic é 1.png',
      '/data/local-files/?d=set1/pic é 1.png': 'set1/pic é 1.png',
      '/data/local-files/?d=/set1/a%2Bb.png': 'set1/a+b.png',
      '/data/local-files/?d=set1/a+b.png': 'set1/a+b.png',
      '/data/local-files/?d=set1/50%.png': 'set1/50%.png',
      '/data/local-files/?d=set1/#1.png': 'set1/#1.png',
      '/data/local-files/?d=set1/a&b.png': 'set1/a&b.png',
      '/data/local-files/?d=c%20d.png': 'c%20d.png',
      '/data/local-files?d=set1%2F50%25.png&x=1': 'set1/50%.png',
      'http://localhost:8080/data/local-files/?d=set1/a%2Bb.png': 'set1/a+b.png',
      'https://example.com/ls/data/local-files/?d=set1/a%2Bb.png': 'set1/a+b.png',
    }
    for (const [value, name] of Object.entries(values)) {
      assert.equal(await taskData.resolve(value), join(root, name), value)
    }
  })

  it('are asked of Label Studio when they are not there, or lie outside of the root', async () => {
    const server = await serveFiles((_, response) => response.end())
    await using taskData = openTaskData({ localFilesRoot: root, labelStudio: { url: server.url } })
    for (const name of [
      'gone.png',
      '../secret.png',
      '..%2fsecret.png',
      join(home, 'secret.png'),
      'link.png',
      '',
      'set1',
    ]) {
      const path = await taskData.resolve(`/data/local-files/?d=${name}`)
      assert.equal(path.startsWith(home), false, path)
    }
    assert.equal(server.requests.length, 7)
    await server.close()
  })

  it('are not looked for on other routes', async () => {
    await using taskData = openTaskData({ localFilesRoot: root })
    for (const value of ['/data/upload/?d=c%20d.png', 'http://127.0.0.1:1/x?u=/data/local-files/?d=c%20d.png'])
      await assert.rejects(taskData.resolve(value), { code: /HTX_TASK_DATA_(INVALID|REFUSED)/ })
  })
})
