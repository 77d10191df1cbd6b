import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  availableCores,
  type OpenModelOptions,
  onnxSessionOptions,
  openModel,
  type Prediction,
  type Region,
} from '@htx/core'
import { openPool } from '@htx/server'

const model = new URL('../models/session-options.ts', import.meta.url)
const labelConfig = '<View><Text name="t" value="$text"/><TextArea name="said" toName="t"/></View>'
const tasks = [{ data: { text: 'fine' } }]

/** What the model's session would have got. */
function saidBy([prediction]: readonly Prediction[]): unknown {
  const [region] = prediction?.result ?? []
  const { value } = region as Region
  return JSON.parse((value.text as [string])[0])
}

async function inPool(settings: { workers: number; threads?: number }): Promise<unknown> {
  await using pool = await openPool({ model, ...settings })
  const { predictions } = await pool.predict(tasks, { labelConfig })
  return saidBy(predictions[0] ?? [])
}

async function inThisThread(settings: Pick<OpenModelOptions, 'threads'>): Promise<unknown> {
  await using opened = await openModel({ model, ...settings })
  const [outcome] = await opened.predict(tasks, { labelConfig })
  return saidBy(outcome?.predictions ?? [])
}

const withThreads = (intraOpNumThreads: number) => ({
  intraOpNumThreads,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
})

describe('the threads of a session inside a model', () => {
  it('are the cores shared out among the workers', async () => {
    assert.deepEqual(await inPool({ workers: 1 }), withThreads(availableCores()))
    assert.deepEqual(await inPool({ workers: availableCores() * 2 }), withThreads(1))
  })

  it('are those that were asked for', async () => {
    assert.deepEqual(await inPool({ workers: 1, threads: 3 }), withThreads(3))
  })

  it('are all cores without a pool, or those that were asked for', async () => {
    assert.deepEqual(await inThisThread({}), withThreads(availableCores()))
    assert.deepEqual(await inThisThread({ threads: 3 }), withThreads(3))
  })

  it('give way to what the model itself says', () => {
    assert.equal(onnxSessionOptions({ threads: 2 }, { intraOpNumThreads: 1 }).intraOpNumThreads, 1)
  })
})
