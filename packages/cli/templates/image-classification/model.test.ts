import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { labelsOfItem, openModel, type Region, readExport } from '@htx/core'
import { trainModel } from '@htx/server'
import sharp from 'sharp'
import Model from './model.ts'

const labelConfig = await readFile(new URL('label-config.xml', import.meta.url), 'utf8')
const tasksFile = fileURLToPath(new URL('tasks.json', import.meta.url))

describe('the model', () => {
  it('thinks all choices equally likely before its first training', async () => {
    assert.equal((await choose('skyblue')).score, 0.5)
  })

  it('chooses as people did', async () => {
    const modelsDir = await mkdtemp(join(tmpdir(), 'models-'))
    try {
      const { version } = await trainModel({
        model: new URL('model.ts', import.meta.url),
        tasks: readExport(tasksFile),
        labelConfig,
        modelsDir,
        project: 'test',
        logLevel: 'silent',
      })
      assert.equal((await choose('skyblue', version.resources)).choice, 'Day')
      assert.equal((await choose('midnightblue', version.resources)).choice, 'Night')
    } finally {
      await rm(modelsDir, { recursive: true })
    }
  })
})

async function choose(colour: string, resources: Record<string, unknown> = {}) {
  const picture = await sharp({ create: { width: 64, height: 48, channels: 3, background: colour } })
    .png()
    .toBuffer()
  await using model = await openModel({ model: Model, resources })
  const image = `data:image/png;base64,${picture.toString('base64')}`
  const [outcome] = await model.predict([{ data: { image } }], { labelConfig })
  const { score, result = [] } = outcome?.predictions[0] ?? {}
  return { score, choice: labelsOfItem({ output: result as Region[] })[0] }
}
