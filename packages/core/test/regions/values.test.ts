import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Binding } from '../../src/label-config/label-config.ts'
import { rectangle } from '../../src/regions/rectangle.ts'
import { chatMessage, dateTime, numberValue, pairwise, ranker, rating, textArea } from '../../src/regions/values.ts'
import { bindingOf, box, boxPercents, image, imageFields } from './project.ts'

describe('values of a task', () => {
  it('are made as the editor makes them', () => {
    const common = { to_name: 'text' }
    assert.deepEqual(textArea(bindingOf('sum'), ['A summary.'], { id: 'ta1' }), {
      ...{ id: 'ta1', from_name: 'sum', ...common, type: 'textarea', value: { text: ['A summary.'] } },
    })
    assert.deepEqual(rating(bindingOf('stars'), 4, { id: 'ra1' }), {
      ...{ id: 'ra1', from_name: 'stars', ...common, type: 'rating', value: { rating: 4 } },
    })
    assert.deepEqual(numberValue(bindingOf('num'), 3.5, { id: 'n1' }), {
      ...{ id: 'n1', from_name: 'num', ...common, type: 'number', value: { number: 3.5 } },
    })
    assert.deepEqual(dateTime(bindingOf('dt'), '2026-03-01', { id: 'd1' }), {
      ...{ id: 'd1', from_name: 'dt', ...common, type: 'datetime', value: { datetime: '2026-03-01' } },
    })
    assert.deepEqual(pairwise(bindingOf('pw'), 'left', { id: 'pw1' }), {
      ...{ id: 'pw1', from_name: 'pw', to_name: 'txt-1', type: 'pairwise', value: { selected: 'left' } },
    })
  })

  it('are rejected when the editor would not show them', () => {
    assert.throws(() => textArea(bindingOf('sum'), []), { code: 'HTX_REGION_INVALID', message: /list of texts/ })
    assert.throws(() => rating(bindingOf('stars'), 6), { message: /0 to 5, got 6/ })
    assert.throws(() => numberValue(bindingOf('num'), Number.NaN), { message: /finite number/ })
    assert.throws(() => numberValue(bindingOf('num'), 11), { message: /to 10, got 11/ })
    assert.throws(() => dateTime(bindingOf('dt'), ''), { message: /value\.datetime/ })
    assert.throws(() => pairwise(bindingOf('pw'), 'both' as 'left'), { message: /"left" or "right"/ })
  })
})

describe('an OCR line', () => {
  it('shares one id and one place between its box and its text', () => {
    const line = rectangle(bindingOf('rect'), box, { image, id: 'r2' })
    assert.deepEqual(textArea(bindingOf('txt'), ['ABC 123'], { of: line }), {
      id: 'r2',
      ...imageFields,
      from_name: 'txt',
      to_name: 'img',
      type: 'textarea',
      value: { ...boxPercents, text: ['ABC 123'] },
    })
    assert.equal(rating(bindingOf('certainty'), 5, { of: line }).id, 'r2')
  })
})

describe('ranker', () => {
  it('puts one order under the name of the control', () => {
    const ids = ['mdn', 'wiki', 'blog']
    assert.deepEqual(ranker(bindingOf('rank'), ids, { id: 'rk1' }), {
      id: 'rk1',
      from_name: 'rank',
      to_name: 'list',
      type: 'ranker',
      value: { ranker: { rank: ids } },
    })
  })

  it('keeps buckets', () => {
    const buckets = { good: ['mdn'], bad: ['blog', 'wiki'] }
    assert.deepEqual(ranker(bindingOf('rank'), buckets).value, { ranker: buckets })
  })
})

describe('chatMessage', () => {
  const attributes = { name: 'chat', value: '$messages' }
  const chat: Binding = {
    control: {
      name: 'chat',
      tag: 'Chat',
      toName: ['chat'],
      labels: [],
      dynamicLabels: false,
      perRegion: false,
      smart: false,
      attributes,
    },
    objects: [
      {
        name: 'chat',
        tag: 'Chat',
        dataKey: 'messages',
        literal: undefined,
        isList: false,
        valueType: undefined,
        attributes,
      },
    ],
    labels: [],
  }

  it('speaks about the chat itself, with the time in milliseconds', () => {
    const turn = { role: 'assistant', content: 'Hi', createdAt: new Date(1_772_355_600_000) }
    assert.deepEqual(chatMessage(chat, turn, { id: 'm1' }), {
      id: 'm1',
      from_name: 'chat',
      to_name: 'chat',
      type: 'chatmessage',
      value: { chatmessage: { role: 'assistant', content: 'Hi', createdAt: 1_772_355_600_000 } },
    })
  })

  it('is from now when no time is given', () => {
    const before = Date.now()
    const { createdAt } = chatMessage(chat, { role: 'assistant', content: 'Hi' }).value.chatmessage as {
      createdAt: number
    }
    assert.ok(createdAt >= before && createdAt <= Date.now())
  })
})
