import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type OpenModel, openModel, type Region } from '@htx/core'
import { trainModel } from '@htx/server'
import { makeDay, type PumpDay, type State } from './make-series.ts'

const labelConfig = readFileSync(new URL('label-config.xml', import.meta.url), 'utf8')
const model = new URL('model.ts', import.meta.url)
const changesOnly = labelConfig.replace(/<Label .*\n/g, '').replace('</TimeSeriesLabels>', '<Label value="Change"/>$&')

interface Marked {
  readonly start: number | string
  readonly end: number | string
  readonly instant: boolean
  readonly timeserieslabels: readonly string[]
}

describe('the time series example', { timeout: 300_000 }, () => {
  let directory: string
  let untrained: OpenModel
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'htx-series-'))
    untrained = await openModel({ model, taskData: { root: directory } })
  })
  after(async () => {
    await untrained.close()
    await rm(directory, { recursive: true })
  })

  async function marks(opened: OpenModel, csv: unknown, config = labelConfig): Promise<Marked[]> {
    const [outcome] = await opened.predict([{ id: 1, data: { csv } }], { labelConfig: config })
    assert.equal(outcome?.rejection, undefined)
    return ((outcome?.predictions[0]?.result ?? []) as Region[]).map(({ value }) => value as unknown as Marked)
  }

  async function save(name: string, { csv }: PumpDay): Promise<string> {
    await writeFile(join(directory, name), csv)
    return name
  }

  it('marks what lies between changes; labels stand for levels until it has learned', async () => {
    const day = makeDay(7)
    const found = await marks(untrained, await save('day.csv', day))
    assert.deepEqual(
      found,
      day.stretches.map(({ from, to, state }) => ({
        start: day.times[from],
        end: day.times[to - 1],
        instant: false,
        timeserieslabels: [state],
      })),
    )
  })

  it('marks the moments of change when the config has one label', async () => {
    const day = makeDay(8)
    const found = await marks(untrained, await save('changes.csv', day), changesOnly)
    assert.deepEqual(
      found.map(({ start, instant }) => [start, instant]),
      day.stretches.slice(1).map(({ from }) => [day.times[from], true]),
    )
  })

  it('finds changes in a long series to the row', async () => {
    const day = makeDay(9, { rows: 50_000 })
    const name = await save('long.csv', day)
    const startedAt = performance.now()
    const found = await marks(untrained, name, changesOnly)
    console.log(`50,000 rows, two channels: ${(performance.now() - startedAt).toFixed(0)} ms`)
    assert.deepEqual(
      found.map(({ start }) => start),
      day.stretches.slice(1).map(({ from }) => day.times[from]),
    )
  })

  it('reads numbers for times, columns in the task, gaps, and other separators', async () => {
    const levels = Array.from({ length: 90 }, (_, row) => (row < 30 ? 1 : row < 60 ? 5 : 1) + (row % 3) / 10)
    const config = (attributes: string) =>
      `<View><TimeSeriesLabels name="l" toName="t"><Label value="Low"/><Label value="High"/></TimeSeriesLabels><TimeSeries name="t" value="$csv" ${attributes}/></View>`
    const expected = [
      { start: 0, end: 58, instant: false, timeserieslabels: ['Low'] },
      { start: 60, end: 118, instant: false, timeserieslabels: ['High'] },
      { start: 120, end: 178, instant: false, timeserieslabels: ['Low'] },
    ]
    const columns = {
      Time: levels.map((_, row) => row * 2),
      Speed: levels.map((level, row) => (row === 40 ? null : level)),
    }
    assert.deepEqual(await marks(untrained, columns, config('valueType="json" timeColumn="time"')), expected)
    const rows = levels.map((level, row) => `${row * 2};${level};a text`)
    await writeFile(join(directory, 'semicolons.csv'), `time;speed;note\n${rows.join('\n')}`)
    assert.deepEqual(await marks(untrained, 'semicolons.csv', config('timeColumn="time" sep=";"')), expected)
    const headless = levels.map((level, row) => `${row * 2}\t${level}`)
    await writeFile(join(directory, 'headless.tsv'), headless.join('\n'))
    assert.deepEqual(await marks(untrained, 'headless.tsv', config('timeColumn="0" sep="tab"')), expected)
  })

  it('says why it cannot read a series', async () => {
    await save('day.csv', makeDay(7))
    await writeFile(join(directory, 'words.csv'), 'time,power\n2026-01-05 06:00:00,a\n')
    const ask = async (csv: unknown, config = labelConfig) =>
      (await untrained.predict([{ id: 1, data: { csv } }], { labelConfig: config }))[0]?.rejection?.message ?? ''
    assert.match(await ask('words.csv'), /no column vibration; the data has time, power/)
    assert.match(await ask('day.csv', labelConfig.replace('%Y-', '%y-')), /expected a time like %y-.*got "2026-01-05/)
    assert.match(await ask([1, 2]), /expected columns/)
  })

  it('learns which changes count and what the labels mean', async () => {
    // Noise that lasts looks like changes, and a pump that runs dry draws as little power as one that idles.
    const options = { allowed: ['Idle', 'Running', 'Dry'], memory: 0.7 } as const
    const config = labelConfig.replace('Overload', 'Dry')
    const days = await Promise.all(
      Array.from({ length: 16 }, async (_, at) => {
        const day = makeDay(100 + at, options)
        return { day, csv: await save(`train-${at}.csv`, day) }
      }),
    )
    // People leave a pump that idles unmarked, and miss edges by a minute or two.
    async function* tasks() {
      for (const [id, { day, csv }] of days.slice(0, 12).entries()) {
        const result = day.stretches.filter(({ state }) => state !== 'Idle').map(regionOf(day))
        yield { id, data: { csv }, annotations: [{ id, result }] }
      }
    }
    const { version, itemCount } = await trainModel({
      model,
      project: 'default',
      tasks: tasks(),
      labelConfig: config,
      modelsDir: join(directory, 'models'),
      logLevel: 'silent',
      dataRoot: directory,
    })
    assert.equal(itemCount, 12)
    const { resources, directory: at } = version
    await using trained = await openModel({ model, resources, directory: at, taskData: { root: directory } })
    let [minutes, rightBefore, rightAfter, regionsBefore, regionsAfter, stretches] = [0, 0, 0, 0, 0, 0]
    for (const { day, csv } of days.slice(12)) {
      const before = await marks(untrained, csv, config)
      const after = await marks(trained, csv, config)
      rightBefore += agreement(day, before)
      rightAfter += agreement(day, after)
      regionsBefore += before.length
      regionsAfter += after.length
      stretches += day.stretches.filter(({ state }) => state !== 'Idle').length
      minutes += day.times.length
    }
    console.log(
      `minutes with the right label on days that it has not seen: ${(rightBefore / minutes).toFixed(3)} before, ${(rightAfter / minutes).toFixed(3)} after; regions: ${regionsBefore} before, ${regionsAfter} after, ${stretches} by hand; F1 ${version.manifest.metrics?.f1?.toFixed(3)}, penalty ${Number(resources.penalty).toFixed(1)}`,
    )
    assert.ok(rightAfter / minutes > 0.97 && rightAfter > rightBefore)
    assert.ok(Math.abs(regionsAfter - stretches) <= 2)
  })
})

function regionOf(day: PumpDay) {
  return ({ from, to, state }: { from: number; to: number; state: State }, at: number) => ({
    id: `${from}`,
    from_name: 'state',
    to_name: 'series',
    type: 'timeserieslabels',
    value: {
      start: day.times[Math.max(0, from + (at % 3) - 1)],
      end: day.times[Math.min(day.times.length, to + (at % 2)) - 1],
      instant: false,
      timeserieslabels: [state],
    },
  })
}

/** Rows that have the label that they should have; none for idling. */
function agreement(day: PumpDay, marks: readonly Marked[]): number {
  const given = new Array<string>(day.times.length).fill('Idle')
  for (const { start, end, timeserieslabels } of marks)
    given.fill(timeserieslabels[0] ?? '', day.times.indexOf(String(start)), day.times.indexOf(String(end)) + 1)
  return day.stretches.reduce(
    (sum, { from, to, state }) => sum + given.slice(from, to).filter(label => label === state).length,
    0,
  )
}
