import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BaseModel } from '../../src/model/base-model.ts'
import type { ModelTask } from '../../src/model/model-task.ts'
import { openModel } from '../../src/model/open-model.ts'

const seen: unknown[] = []

class Reader extends BaseModel {
  static override readonly inputTypes = ['Text']
  static override readonly outputTypes = ['Choices']

  override predict(tasks: readonly ModelTask[]) {
    seen.push(...tasks.flatMap(({ input }) => input))
    return tasks.map(() => null)
  }
}

describe('the input of a task', () => {
  it('is its own data, and nothing that all objects have', async () => {
    await using model = await openModel({ model: Reader })
    for (const key of ['constructor', '__proto__', 'toString']) {
      const labelConfig = `<View><Text name="t" value="$${key}"/><Choices name="c" toName="t"><Choice value="x"/></Choices></View>`
      const [outcome] = await model.predict([{ data: { text: 'a' } }], { labelConfig })
      assert.equal(outcome?.rejection?.reason, 'input-missing', key)
      const data = JSON.parse(`{"${key}":"its own"}`)
      assert.equal((await model.predict([{ data }], { labelConfig }))[0]?.rejection, undefined)
    }
    assert.deepEqual(seen, ['its own', 'its own', 'its own'])
  })
})
