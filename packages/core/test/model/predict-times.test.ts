import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { BaseModel, choices, type ModelTask, openModel, type PredictContext, type PredictTimes } from '@htx/core'
import { withTempDirectory } from '../../../../test/support/temp-directory.ts'
import { serveFiles } from '../task-data/serve-files.ts'

const labelConfig =
  '<View><Image name="image" value="$image"/><Choices name="c" toName="image"><Choice value="Yes"/></Choices></View>'

class Slow extends BaseModel {
  static override readonly inputTypes = ['Image']
  static override readonly outputTypes = ['Choices']

  override async predict(tasks: readonly ModelTask[], { binding }: PredictContext) {
    await pause(30)
    return tasks.map(() => ({ result: [choices(binding, ['Yes'])] }))
  }
}

class SlowWithFiles extends Slow {
  static override readonly inputs = 'file'
}

const isRight = ({ resolveMs, modelMs, checkMs }: PredictTimes) => modelMs >= 25 && checkMs > 0 && resolveMs >= 0

describe('the times of a call', () => {
  it('are told once, without a wait for files where there are none', async () => {
    await using model = await openModel({ model: Slow })
    const told: PredictTimes[] = []
    await model.predict([{ data: { image: 'a' } }], { labelConfig, onTimes: times => told.push(times) })
    assert.deepEqual(told.map(isRight), [true])
    assert.equal(told[0]?.resolveMs, 0)
  })

  it('have the wait for files apart', () =>
    withTempDirectory(async cacheDir => {
      const server = await serveFiles((_, response) => response.end('content'))
      try {
        await using model = await openModel({
          model: SlowWithFiles,
          taskData: { cacheDir, allowAddresses: ['127.0.0.0/8'] },
        })
        const told: PredictTimes[] = []
        const task = { data: { image: `${server.url}/a` } }
        await model.predict([task], { labelConfig, onTimes: times => told.push(times) })
        assert.deepEqual(told.map(isRight), [true])
        assert.ok((told[0]?.resolveMs as number) > 0)
      } finally {
        await server.close()
      }
    }))

  it('are not told when the call fails', async () => {
    await using model = await openModel({ model: Slow })
    const onTimes = () => assert.fail('told')
    await assert.rejects(model.predict([{ data: {} }], { labelConfig: '<View/>', onTimes }))
  })
})
