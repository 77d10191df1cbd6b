import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { checkPrediction, type LabelConfig, type PredictionProblem, parseLabelConfig, seededRandom } from '@htx/core'
import { kindOf, onlyOurs, onlySdk } from './differences.ts'
import { openJudge, withoutJudge } from './judge.ts'
import { moreConfigs } from './more-configs.ts'
import { type Names, spoil } from './mutations.ts'
import { recordedResults } from './recorded-predictions.ts'
import { sampleResult, sampleTask } from './sample-predictions.ts'

/** Other seeds find other differences: `HTX_MUTATION_SEED=7 npm run test:e2e`. */
const seed = Number(process.env.HTX_MUTATION_SEED || 1)
const perBase = 12
/** The configs that we wrote hold each kind of control once. */
const perOwnBase = 100

interface Base {
  readonly config: string
  readonly task: { readonly data: Record<string, unknown> }
  readonly predictions: readonly { result: unknown[]; score: number }[]
  readonly spoilt: number
}

const judge = withoutJudge() === false ? openJudge() : undefined
const templates = (await judge?.templates()) ?? []

describe('checkPrediction beside the validator of Label Studio’s SDK', { skip: withoutJudge() }, () => {
  after(() => judge?.[Symbol.asyncDispose]())
  const counts = new Map<string, number>()
  let judged = 0

  for (const [name, base] of bases()) {
    it(`differs over spoilt predictions for ${name} only as is explained`, async () => {
      const labelConfig = parseLabelConfig(base.config)
      const random = seededRandom(seed)
      const names = namesOf(labelConfig)
      const tries: [how: string, prediction: object][] = base.predictions.flatMap(prediction => [
        ['nothing', prediction] as [string, object],
        ...Array.from({ length: base.spoilt }, () => spoil(prediction, names, random)),
      ])
      const verdict = await judge?.judge(
        base.config,
        tries.map(([, prediction]) => prediction),
      )
      assert.ok(typeof verdict === 'object', `the SDK cannot parse it: ${verdict}`)
      for (const [place, [how, prediction]] of tries.entries()) {
        const problems = checkPrediction(JSON.parse(JSON.stringify(prediction)), labelConfig, base.task)
        const errors = verdict.errors[place] ?? []
        judged += 1
        if (problems.length > 0 === errors.length > 0) continue
        const kind = kindOf(problems, errors)
        assert.ok(kind !== undefined, unexplained(how, prediction, problems, errors))
        counts.set(kind, (counts.get(kind) ?? 0) + 1)
      }
    })
  }

  it('takes what running Label Studios sent, as the SDK does', async () => {
    for (const { where, config, data, result } of recordedResults()) {
      const problems = checkPrediction({ result }, parseLabelConfig(config), { data })
      const verdict = await judge?.judge(config, [{ result }])
      assert.ok(typeof verdict === 'object' && verdict.errors[0]?.length === 0, where)
      // The recorder's model answered there with five bytes that are no mask of 640 x 480 pixels.
      const expected = where.includes('segment-anything.json') && problems.length > 0 ? ['result[0].value.rle'] : []
      assert.deepEqual(
        problems.map(({ path }) => path),
        expected,
        where,
      )
    }
  })

  it('has judged thousands, and met each difference that is explained', () => {
    assert.ok(judged > 5000, `judged ${judged}`)
    if (seed !== 1) return
    const explained = [...onlyOurs, ...onlySdk].map(({ kind }) => kind)
    assert.deepEqual(
      explained.filter(kind => !counts.has(kind)),
      [],
    )
  })
})

describe('docs/label-configs.md', () => {
  it('explains each kind of difference', () => {
    const page = readFileSync(new URL('../../docs/label-configs.md', import.meta.url), 'utf8')
    const rows = [...page.matchAll(/^\| \*\*(.+?)\*\* /gm)].map(([, kind]) => kind)
    assert.deepEqual(
      rows,
      [...onlyOurs, ...onlySdk].map(({ kind }) => kind),
    )
  })
})

function bases(): Map<string, Base> {
  const found = new Map<string, Base>()
  const seen = new Set<string>()
  for (const { path, config } of templates) {
    if (!seen.has(config)) found.set(path, baseOf(config, perBase))
    seen.add(config)
  }
  for (const [name, config] of Object.entries(moreConfigs)) found.set(name, baseOf(config, perOwnBase))
  for (const { where, config, data, result } of recordedResults()) {
    found.set(where, { config, task: { data }, predictions: [{ result, score: 0.9 }], spoilt: perBase })
  }
  return found
}

function baseOf(config: string, spoilt: number): Base {
  const labelConfig = parseLabelConfig(config)
  const predictions = [...labelConfig.controls.values()].flatMap(control => {
    const result = withPlainIds(sampleResult(control, labelConfig) ?? [])
    if (control.toName.some(name => labelConfig.objects.get(name)?.isList))
      for (const region of result) region.item_index = 0
    const [region] = result
    if (region === undefined) return []
    const alone = { result, score: 0.9 }
    if (region.value.choices !== undefined || !control.tag.endsWith('Labels')) return [alone]
    const relation = { type: 'relation', from_id: region.id, to_id: 'second', direction: 'right', labels: ['next to'] }
    return [alone, { result: [...result, { ...structuredClone(region), id: 'second' }, relation], score: 0.9 }]
  })
  return { config, task: sampleTask(labelConfig), predictions, spoilt }
}

/** Builders make ids by chance; a run must be one that can be run again. */
function withPlainIds<T extends { id?: string }>(result: readonly T[]): T[] {
  const ids = [...new Set(result.map(({ id }) => id))]
  return result.map(region => ({ ...region, id: `r${ids.indexOf(region.id)}` }))
}

function namesOf({ controls, objects }: LabelConfig): Names {
  const all = [...controls.values()]
  return {
    controls: [...controls.keys()],
    objects: [...objects.keys()],
    labels: all.flatMap(control => control.labels.flatMap(({ value, text }) => [value, text])),
    types: [...all.flatMap(({ tag }) => [tag, tag.toLowerCase()]), 'labels', 'choices', 'nope'],
  }
}

function unexplained(
  how: string,
  prediction: object,
  problems: readonly PredictionProblem[],
  errors: readonly string[],
): string {
  const [side, said] = problems.length > 0 ? ['checkPrediction', problems] : ['the SDK', errors]
  return `only ${side} refuses this and differences.ts does not say why (${how}):\n${JSON.stringify(prediction)}\n${JSON.stringify(said, null, 2)}`
}
