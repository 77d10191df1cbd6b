import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openModel, readExport } from '@htx/core'
import { trainModel } from '@htx/server'
import Model from './model.ts'

const labelConfig = await readFile(new URL('label-config.xml', import.meta.url), 'utf8')
const tasksFile = fileURLToPath(new URL('tasks.json', import.meta.url))

describe('the model', () => {
  it('finds dates and addresses before its first training', async () => {
    assert.deepEqual(await find('Write to ada@example.com before 1843-07-01.'), [
      { start: 9, end: 24, text: 'ada@example.com', labels: ['Contact'] },
      { start: 32, end: 42, text: '1843-07-01', labels: ['Date'] },
    ])
  })

  it('counts as Label Studio does, for which an emoji is one character', async () => {
    assert.deepEqual(await find('🎉 1843-07-01'), [{ start: 2, end: 12, text: '1843-07-01', labels: ['Date'] }])
  })

  it('finds what people have marked, as whole words', async () => {
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
      assert.deepEqual(await find('Londoners say that Ada Lovelace left London.', version.resources), [
        { start: 19, end: 31, text: 'Ada Lovelace', labels: ['Person'] },
        { start: 37, end: 43, text: 'London', labels: ['Place'] },
      ])
    } finally {
      await rm(modelsDir, { recursive: true })
    }
  })
})

async function find(text: string, resources: Record<string, unknown> = {}) {
  await using model = await openModel({ model: Model, resources })
  const [outcome] = await model.predict([{ data: { text } }], { labelConfig })
  return outcome?.predictions[0]?.result.map(entry => ('value' in entry ? entry.value : undefined))
}
