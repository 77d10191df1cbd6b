import assert from 'node:assert/strict'
import { createReadStream, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type OpenModel, openModel, type Region } from '@htx/core'
import { trainModel } from '@htx/server'
import { makeImages, type Picture, taskOf } from './make-images.ts'

const labelConfig = readFileSync(new URL('label-config.xml', import.meta.url), 'utf8')
const model = new URL('model.ts', import.meta.url)

describe('the image classification example', { timeout: 300_000 }, () => {
  let directory: string
  let files: Server
  let address: string
  let pictures: Picture[]
  let opened: OpenModel
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'htx-images-'))
    pictures = await makeImages(directory, 80)
    await writeFile(join(directory, 'broken.png'), 'no picture')
    // Serves pictures as Label Studio does.
    files = createServer((request, response) => {
      const name = basename(new URL(request.url ?? '/', 'http://files').pathname)
      response.setHeader('content-type', 'image/png')
      createReadStream(join(directory, name)).pipe(response)
    })
    await new Promise<void>(resolve => files.listen(0, '127.0.0.1', resolve))
    address = `http://127.0.0.1:${(files.address() as AddressInfo).port}/data/upload/1/`
  })
  after(async () => {
    await opened?.close()
    await new Promise(resolve => files.close(resolve))
    await rm(directory, { recursive: true })
  })

  it('learns to tell two kinds of pictures apart', async () => {
    async function* tasks() {
      yield* pictures.slice(0, 60).map((picture, id) => taskOf(picture, id, true, address))
    }
    const modelsDir = join(directory, 'models')
    const { version, itemCount } = await trainModel({
      model,
      project: 'default',
      tasks: tasks(),
      labelConfig,
      modelsDir,
      allowAddresses: ['127.0.0.1'],
      logLevel: 'silent',
    })
    assert.equal(itemCount, 60)
    const accuracy = version.manifest.metrics?.accuracy ?? 0
    console.log(`accuracy ${accuracy.toFixed(3)} on the fifth that train() held back`)
    assert.ok(accuracy >= 0.8)
    opened = await openModel({
      model,
      resources: version.resources,
      directory: version.directory,
      modelVersion: version.version,
      taskData: { allowAddresses: ['127.0.0.1'] },
    })
  })

  it('tells pictures that it has never seen', async () => {
    const held = pictures.slice(60)
    const startedAt = performance.now()
    const outcomes = await opened.predict(
      held.map((picture, id) => taskOf(picture, id, false, address)),
      { labelConfig },
    )
    const perPicture = (performance.now() - startedAt) / held.length
    const right = outcomes.filter(({ predictions }, at) => {
      const [region] = (predictions[0]?.result ?? []) as Region[]
      return (region?.value.choices as string[] | undefined)?.[0] === held[at]?.kind
    }).length
    console.log(`${right} of ${held.length} right, ${perPicture.toFixed(0)} ms a picture`)
    assert.ok(right >= held.length * 0.9, `${right} of ${held.length}`)
  })

  it('has nothing to say of a file that is no picture, and goes on', async () => {
    const images = ['broken.png', pictures[0]?.file].map((file, id) => ({ id, data: { image: `${address}${file}` } }))
    const [broken, whole] = await opened.predict(images, { labelConfig })
    assert.deepEqual(broken?.predictions, [])
    assert.equal(whole?.predictions.length, 1)
  })
})
