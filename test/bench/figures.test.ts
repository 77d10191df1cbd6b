import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Bar, verdict } from '../../bench/measure/bar.ts'
import { lineChart } from '../../bench/measure/line-chart.ts'
import { interleave, ratios } from '../../bench/measure/rounds.ts'
import { percentile, slope, spreadOf } from '../../bench/measure/statistics.ts'

describe('figures of the bench', () => {
  it('takes percentiles between the two nearest values', () => {
    assert.equal(percentile([4, 1, 3, 2], 0.5), 2.5)
    assert.deepEqual(spreadOf([3, 1, 2]), { median: 2, least: 1, most: 3 })
    assert.ok(Number.isNaN(percentile([], 0.5)))
  })

  it('finds the slope of points on a line', () => {
    const line = [0, 1, 5].map(x => [x, 3 * x + 7] as const)
    assert.equal(slope(line), 3)
  })

  it('measures contenders in turn, every second round the other way round, and compares within a round', async () => {
    const order: string[] = []
    const figures = await interleave(['a', 'b'], 2, async (name, round) => {
      order.push(name)
      return { value: (name === 'a' ? 10 : 5) * (round + 1) }
    })
    assert.deepEqual(order, ['a', 'b', 'b', 'a'])
    assert.deepEqual(
      ratios(figures.get('a') ?? [], figures.get('b') ?? [], ({ value }) => value),
      [2, 2],
    )
  })

  it('judges by the median, in the direction that is better', () => {
    const bar: Bar = { work: '', against: '', figure: '', measured: [1, 2, 9], better: 'more', bar: 1.5, wanted: 3 }
    assert.equal(verdict(bar), 'holds')
    assert.equal(verdict({ ...bar, better: 'less', wanted: 1 }), 'does not hold')
    assert.equal(verdict({ ...bar, measured: [4] }), 'wanted')
    assert.equal(verdict({ ...bar, measured: [] }), 'not measured')
  })

  it('draws a larger value higher, and escapes words', () => {
    const lines = [{ name: 'a < b', points: [[1, 10] as const, [100, 1000] as const] }]
    const svg = lineChart({ title: 'a & b', xLabel: 'x', yLabel: 'y', lines, logX: true, logY: true })
    const [, x1, y1, x2, y2] = /points="([\d.]+),([\d.]+) ([\d.]+),([\d.]+)"/.exec(svg)?.map(Number) ?? []
    assert.ok((x1 ?? 0) < (x2 ?? 0) && (y1 ?? 0) > (y2 ?? 0))
    assert.match(svg, /a &lt; b/)
    assert.match(svg, /a &amp; b/)
  })
})
