import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type FileServer, serveFiles } from '../../packages/core/test/task-data/serve-files.ts'
import { eventually } from '../support/model-server.ts'
import { withTempDirectory } from '../support/temp-directory.ts'
import { ask } from './support/ask.ts'
import { jumps, openClock } from './support/clock.ts'
import { serve, untilWhole } from './support/served.ts'

const fileReader = fileURLToPath(new URL('../models/file-reader.ts', import.meta.url))
/** The main one, the one that fetches, a worker, the spare. */
const threads = 4

describe('a clock that jumps by a day while files are fetched', () => {
  for (const [direction, offsetMs] of jumps) {
    it(`${direction}: files that are being fetched come whole, and so do the next ones`, () =>
      withTempDirectory(async directory => {
        let goOn = () => {}
        const half = new Promise<void>(resolve => {
          goOn = resolve
        })
        await using files = await openFiles(half)
        const clock = await openClock(directory, 'clock')
        await using server = await serve({
          model: fileReader,
          env: clock.env,
          // The cache is looked through for every file.
          flags: [...['--workers', '1', '--allow-address', '127.0.0.1/32'], '--file-limit', '1', '--file-cache', '1'],
        })
        await untilWhole(server)
        const read = async (name: string) => {
          const { status, text } = await ask(`${server.url}/predict`, fileRequest(`${files.url}/${name}.png`))
          assert.equal(status, 200, text)
          assert.ok(text.includes(`"content of ${name} `), text.slice(0, 500))
        }
        await read('first')
        const slow = read('slow')
        await eventually(
          async () => files.requests.length,
          requests => requests === 2,
        )
        await clock.set(offsetMs, { threads, pid: server.program.pid })
        for (let file = 0; file < 30; file += 1) await read(`after-${file}`)
        goOn()
        await slow
        await clock.set(0, { threads, pid: server.program.pid })
        for (const name of ['first', 'slow', 'after-1', 'last']) await read(name)
      }))
  }
})

/** Gives out files of 100 kB; the one called slow gives its second half when `half` is over. */
async function openFiles(half: Promise<void>): Promise<FileServer & AsyncDisposable> {
  const files = await serveFiles(async (request, response) => {
    const name = request.url?.slice(1).replace('.png', '') ?? ''
    const content = `content of ${name} `.padEnd(100_000, '.')
    response.writeHead(200, { 'content-length': content.length })
    response.write(content.slice(0, 50_000))
    if (name === 'slow') await half
    response.end(content.slice(50_000))
  })
  return { ...files, [Symbol.asyncDispose]: () => files.close() }
}

function fileRequest(image: string): string {
  const config = '<View><Image name="image" value="$image"/><TextArea name="text" toName="image"/></View>'
  // As of a person who waits: what is wrong is told.
  return JSON.stringify({
    tasks: [{ id: 1, data: { image } }],
    project: '12.1',
    label_config: config,
    params: { context: { result: [] } },
  })
}
