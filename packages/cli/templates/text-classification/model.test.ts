import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { labelsOfItem, openModel, type Region, readExport } from '@htx/core'
import { trainModel } from '@htx/server'
import Model from './model.ts'

const labelConfig = await readFile(new URL('label-config.xml', import.meta.url), 'utf8')
const tasksFile = fileURLToPath(new URL('tasks.json', import.meta.url))

describe('the model', () => {
  it('thinks all choices equally likely before its first training', async () => {
    assert.equal((await choose('A clean room.')).score, 0.5)
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
      assert.equal((await choose('A wonderful, clean room.', version.resources)).choice, 'Positive')
      assert.equal((await choose('A broken lift and rude people.', version.resources)).choice, 'Negative')
    } finally {
      await rm(modelsDir, { recursive: true })
    }
  })
})

async function choose(text: string, resources: Record<string, unknown> = {}) {
  await using model = await openModel({ model: Model, resources })
  const [outcome] = await model.predict([{ data: { text } }], { labelConfig })
  const { score, result = [] } = outcome?.predictions[0] ?? {}
  return { score, choice: labelsOfItem({ output: result as Region[] })[0] }
}
