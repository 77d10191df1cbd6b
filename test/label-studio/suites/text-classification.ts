import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { listJobs } from '../../support/training.ts'
import type { Project, StoredTask } from '../support/api.ts'
import { type Backend, startBackend } from '../support/backend.ts'
import { poll } from '../support/poll.ts'
import type { Running } from '../support/suite.ts'

const labelConfig =
  '<View><Text name="text" value="$text"/><Choices name="topic" toName="text"><Choice value="sport"/><Choice value="food"/></Choices></View>'

const texts = [
  ['the goal in the last minute', 'sport'],
  ['bread with butter', 'food'],
  ['a race over ten laps', 'sport'],
  ['soup of the day', 'food'],
  ['the keeper and the goal', 'sport'],
  ['fresh bread and soup', 'food'],
] as const
const topics = texts.map(([, topic]) => topic)

const choose = (choice: string) => ({
  from_name: 'topic',
  to_name: 'text',
  type: 'choices',
  value: { choices: [choice] },
})

/** The life of a text classification, as every Label Studio since 1.8 knows it. The model is that of the quickstart. */
export function textClassification(running: () => Running): void {
  describe('text classification', () => {
    let backend: Backend
    let project: Project
    let tasks: number[]
    let connected: number

    before(async () => {
      backend = await startBackend(running(), {
        model: 'examples/text-classification/model.ts',
        arguments: ['--train-every', String(texts.length), '--debounce', '0.2'],
      })
      const { api } = running()
      project = await api.createProject('text classification', labelConfig)
      tasks = await api.importTasks(
        project.id,
        texts.map(([text]) => ({ text })),
      )
    })
    after(() => backend?.close())

    const choicesUnder = async (version: string) => choicesOf(await running().api.tasks(project.id), version)
    const versionNow = async () => (await running().api.backends(project.id))[0]?.model_version ?? ''
    const untilVersionAfter = (version: string) => poll(versionNow, now => now !== '' && now !== version)

    it('connects, and shows the backend as connected under its version', async () => {
      const { api } = running()
      connected = (await api.connect(project.id, backend.url)).id
      const [shown] = await api.backends(project.id)
      assert.equal(shown?.state, 'CO')
      assert.equal(shown?.model_version, 'initial')
    })

    it('stores a prediction for each task, with score and version', async () => {
      const { api } = running()
      await api.retrievePredictions(project.id)
      const stored = (await api.tasks(project.id)).flatMap(({ predictions }) => predictions)
      assert.equal(stored.length, texts.length)
      for (const { score, model_version, result } of stored) {
        assert.equal(model_version, 'initial')
        assert.ok(typeof score === 'number' && score > 0 && score <= 1)
        assert.deepEqual([result[0]?.from_name, result[0]?.type], ['topic', 'choices'])
      }
    })

    it('trains by itself when people have annotated, and predicts better then, without a restart', async () => {
      const { api } = running()
      assert.notDeepEqual(await choicesUnder('initial'), topics)
      for (const [place, topic] of topics.entries()) await api.annotate(tasks[place] as number, [choose(topic)])
      const version = await untilVersionAfter('initial')
      await api.retrievePredictions(project.id)
      assert.deepEqual(await choicesUnder(version), topics)
    })

    it('trains by the button on what Label Studio has stored, and answers under that version', async () => {
      const { api } = running()
      const before = await versionNow()
      await api.train(connected)
      const version = await untilVersionAfter(before)
      const [job] = await listJobs(backend)
      assert.deepEqual([job?.version, job?.itemCount], [version, texts.length])
      assert.match(job?.causes[0]?.by ?? '', /START_TRAINING|POST \/train/)
      await api.retrievePredictions(project.id)
      assert.deepEqual(await choicesUnder(version), topics)
    })
  })
}

/** What each task that has a prediction of a version shows, in order. */
function choicesOf(tasks: readonly StoredTask[], version: string): string[] {
  return tasks.flatMap(({ predictions }) => {
    const of = predictions.filter(prediction => prediction.model_version === version)
    return of.flatMap(({ result }) => (result[0]?.value.choices ?? []) as string[])
  })
}
