import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { type OpenModel, openModel, type Region } from '@htx/core'

const labelConfig = readFileSync(new URL('label-config.xml', import.meta.url), 'utf8')
const tasks: { data: { text: string } }[] = JSON.parse(readFileSync(new URL('tasks.json', import.meta.url), 'utf8'))

describe('the named entities example', () => {
  let model: OpenModel
  before(async () => {
    model = await openModel({ model: new URL('model.ts', import.meta.url) })
  })
  after(() => model.close())

  async function regions(text: string, config = labelConfig): Promise<Region[]> {
    const [outcome] = await model.predict([{ id: 1, data: { text } }], { labelConfig: config })
    assert.equal(outcome?.rejection, undefined)
    return outcome?.predictions[0]?.result as Region[]
  }

  /** What the editor marks: it counts code points. */
  async function marked(text: string, config = labelConfig): Promise<string[]> {
    const characters = [...text]
    return (await regions(text, config)).map(({ value }) => {
      const { start, end, labels } = value as { start: number; end: number; labels: string[] }
      return `${labels[0]}: ${characters.slice(start, end).join('')}`
    })
  }

  it('finds people, places, organisations, dates and money', async () => {
    assert.deepEqual(await marked(tasks[0]?.data.text ?? ''), [
      'Person: Tim Cook',
      'When: March 12, 2024',
      'Organization: Apple Inc.',
      'Place: Berlin',
      'Place: Germany',
      'Money: $1.5 million',
    ])
    assert.deepEqual(await marked(tasks[1]?.data.text ?? ''), [
      'Person: Angela Merkel',
      'Person: Barack Obama',
      'Place: Paris',
      'When: 10:30 am',
      'Organization: Google',
      'Organization: World Bank',
      'Money: €3,000',
      'When: next Tuesday',
    ])
  })

  it('takes an amount as a whole, however it is written', async () => {
    assert.deepEqual(await marked('It cost 3,000 euros, then $1.5 million, then €3,000.'), [
      'Money: 3,000 euros',
      'Money: $1.5 million',
      'Money: €3,000',
    ])
  })

  it('counts an emoji as one character, as Label Studio does', async () => {
    const [region] = await regions('🎉🎉 Angela Merkel came.')
    assert.deepEqual(region?.value, { start: 3, end: 16, text: 'Angela Merkel', labels: ['Person'] })
  })

  it('marks the text that it says, whatever stands around', async () => {
    assert.deepEqual(await marked('...Tim Cook ... can’t come'), ['Person: Tim Cook'])
    const text = '👩‍👩‍👧 \t«Barack Obama»\r\n\r\n(of Paris)…  🇫🇷  e\u0301te\u0301: Angela Merkel’s $20.'
    const characters = [...text]
    const found = await regions(text)
    for (const { value } of found)
      assert.equal(characters.slice(value.start as number, value.end as number).join(''), value.text)
    assert.deepEqual(
      found.map(({ value }) => value.text),
      ['Barack Obama', 'Paris', 'Angela Merkel', '$20'],
    )
  })

  it('goes by the names that the labels have, and by predicted_values', async () => {
    const config =
      '<View><Labels name="l" toName="t"><Label value="PER"/><Label value="Where" predicted_values="Place"/></Labels><Text name="t" value="$text"/></View>'
    assert.deepEqual(await marked("Angela Merkel's sister went to Paris on Monday.", config), [
      'PER: Angela Merkel',
      'Where: Paris',
    ])
  })

  it('marks nothing in a text that names nothing, and nothing with labels that mean something else', async () => {
    assert.deepEqual(await marked(tasks[2]?.data.text ?? ''), [])
    assert.deepEqual(await marked('Angela Merkel', labelConfig.replace('"Person"', '"Cat"')), [])
  })
})
