import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ask } from '../../bench/measure/ask.ts'
import { cpuMsOf, isAlive, processTree, pssMibOf } from '../../bench/measure/process-tree.ts'
import { startServer } from '../../bench/measure/server-process.ts'

/** A server with a child that neither heeds SIGTERM nor ends with its parent. */
const stubborn = `
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
const child = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'], { detached: true })
createServer((_, response) => response.end(String(child.pid))).listen(Number(process.argv.at(-1)), '127.0.0.1')
`

describe('servers of the bench', {
  skip: process.platform === 'linux' ? false : 'what they cost is read from /proc',
}, () => {
  it('counts what a server started, and ends all of it', async () => {
    const server = await startServer({
      program: process.execPath,
      args: port => ['--eval', stubborn, String(port)],
      graceMs: 200,
      isReady: async url => (await ask(url, '/')).status === 200,
    })
    const child = Number((await ask(server.url, '/')).text)
    assert.deepEqual(processTree(server.pid), [server.pid, child])
    assert.ok(cpuMsOf(server.pid) > 0)
    assert.ok(pssMibOf(server.pid) > 1)
    await server.stop()
    assert.ok(!isAlive(server.pid))
    assert.ok(!isAlive(child))
  })

  it('says what a server printed that ends before it answers', async () => {
    const start = startServer({
      program: process.execPath,
      args: () => ['--eval', 'console.error("no such model"); process.exit(2)'],
      isReady: async url => (await ask(url, '/')).status === 200,
    })
    await assert.rejects(start, /ended: no such model/)
  })
})
