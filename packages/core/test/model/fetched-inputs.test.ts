import assert from 'node:assert/strict'
import { readFile, rm } from 'node:fs/promises'
import { after, before, beforeEach, describe, it } from 'node:test'
import {
  BaseModel,
  type FetchedInput,
  openInputFetcher,
  openModel,
  type PredictContext,
  type Region,
  textArea,
} from '@htx/core'
import { withTempDirectory } from '../../../../test/support/temp-directory.ts'
import { type FileServer, serveFiles } from '../task-data/serve-files.ts'

const labelConfig = '<View><Image name="image" value="$images"/><TextArea name="text" toName="image"/></View>'
const allowAddresses = ['127.0.0.0/8']

class Reader extends BaseModel {
  static override readonly inputTypes = ['Image']
  static override readonly outputTypes = ['TextArea']
  static override readonly inputs = 'file'

  override predict(tasks: readonly { input: readonly unknown[] }[], { binding }: PredictContext) {
    return Promise.all(
      tasks.map(async ({ input }) => {
        const texts = await Promise.all(input.flat().map(path => readFile(path as string, 'utf8')))
        return { result: [textArea(binding, texts)] }
      }),
    )
  }
}

let server: FileServer
let asked = 0
before(async () => {
  server = await serveFiles((request, response) => response.end(`file ${request.url}`))
})
after(() => server.close())
beforeEach(() => {
  asked = server.requests.length
})

const task = (id: number, ...names: string[]) => ({ id, data: { images: names.map(name => `${server.url}/${name}`) } })

async function fetch(cacheDir: string, tasks: readonly ReturnType<typeof task>[]) {
  const fetcher = openInputFetcher(Reader, { cacheDir, allowAddresses })
  const inputs: (FetchedInput | undefined)[] = []
  const { signal } = new AbortController()
  await fetcher.fetch(tasks, { labelConfig, urgent: false, leaseMs: 60_000, signal }, (place, input) => {
    inputs[place] = input
  })
  return inputs
}

async function predict(cacheDir: string, tasks: readonly object[], fetched: readonly (FetchedInput | undefined)[]) {
  await using model = await openModel({ model: Reader, taskData: { cacheDir, allowAddresses } })
  const outcomes = await model.predict(tasks as ReturnType<typeof task>[], { labelConfig, fetched })
  return outcomes.map(
    ({ predictions, rejection }) => rejection?.message ?? (predictions[0]?.result[0] as Region | undefined)?.value.text,
  )
}

describe('inputs that were fetched before', () => {
  it('are read where they lie, lists in their order', () =>
    withTempDirectory(async cacheDir => {
      const tasks = [task(1, 'a', 'b'), task(2, 'b', 'c')]
      const fetched = await fetch(cacheDir, tasks)
      assert.equal(server.requests.length - asked, 3)
      assert.deepEqual(await predict(cacheDir, tasks, fetched), [
        ['file /a', 'file /b'],
        ['file /b', 'file /c'],
      ])
      assert.equal(server.requests.length - asked, 3)
    }))

  it('are fetched again when they have gone since, or were not fetched', () =>
    withTempDirectory(async cacheDir => {
      const tasks = [task(1, 'a'), task(2, 'b'), task(3, 'c')]
      const [first, second] = await fetch(cacheDir, tasks.slice(0, 2))
      const [path] = first !== undefined && 'paths' in first ? first.paths : []
      await rm(path as string)
      assert.deepEqual(await predict(cacheDir, tasks, [first, second, undefined]), [
        ['file /a'],
        ['file /b'],
        ['file /c'],
      ])
      assert.equal(server.requests.length - asked, 4)
    }))

  it('are not asked for again when they could not be had', () =>
    withTempDirectory(async cacheDir => {
      const tasks = [
        { id: 1, data: { images: ['http://10.0.0.1/a.png'] } },
        { id: 2, data: { other: 'a' } },
      ]
      const fetched = await fetch(cacheDir, tasks as never)
      assert.equal(fetched[1], undefined)
      const rejection = { reason: 'input-unreachable', message: 'told before' } as const
      const [first, second] = await predict(cacheDir, tasks, [{ rejection }, fetched[1]])
      assert.equal(first, 'told before')
      assert.match(String(second), /task 2 has no data.images/)
      assert.match(
        JSON.stringify(fetched[0]),
        /input-unreachable.*task 1: 10.0.0.1 has an address inside a private network/,
      )
    }))
})
