import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { isHtxError } from '../../src/errors/htx-error.ts'
import { loadModelClass } from '../../src/model/load-model-class.ts'

describe('loadModelClass', () => {
  let directory: string
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'htx-module-'))
  })
  after(() => rm(directory, { recursive: true }))

  async function load(name: string, source: string) {
    await writeFile(join(directory, name), source)
    return loadModelClass(join(directory, name))
  }
  const base = JSON.stringify(new URL('../../src/model/base-model.ts', import.meta.url).href)

  it('runs TypeScript that is more than types', async () => {
    const source = `import { BaseModel } from ${base}
      enum Side { Left = 1 }
      export default class Mine extends BaseModel { static override readonly outputTypes = ['Choices']; constructor(public side: Side = Side.Left) { super() } predict(): never[] { return [] } }`
    const modelClass = await load('enum.ts', source)
    assert.deepEqual(modelClass.outputTypes, ['Choices'])
    assert.equal((new modelClass() as unknown as { side: number }).side, 1)
  })

  it('takes a class that extends BaseModel of another copy of the package', async () => {
    await load('copy.mjs', 'export default class Mine { static htxBaseModel = true; static outputTypes = ["Choices"] }')
  })

  const refused: [string, string, string, RegExp][] = [
    ['a module without a model', 'a.mjs', 'export const train = 1', /it exports train/],
    ['a module that exports nothing', 'b.mjs', '', /it exports nothing/],
    ['a default that is no model', 'c.mjs', 'export default class Mine {}', /subclass of BaseModel/],
    [
      'a model that fills nothing',
      'd.mjs',
      'export default class Mine { static htxBaseModel = true }',
      /which control tags it fills/,
    ],
    ['a module with a mistake', 'e.mjs', 'export default (', /could not be imported/],
    ['a module that throws', 'f.mjs', 'throw new Error("no GPU here")', /no GPU here/],
  ]
  for (const [what, name, source, message] of refused) {
    it(`refuses ${what} and says so`, async () => {
      await assert.rejects(
        load(name, source),
        error => isHtxError(error, 'HTX_MODULE_INVALID') && message.test(error.message),
      )
    })
  }

  it('says which file is missing', async () => {
    await assert.rejects(
      loadModelClass(join(directory, 'gone.ts')),
      error => isHtxError(error, 'HTX_MODULE_NOT_FOUND') && /gone\.ts/.test(error.message),
    )
  })
})
