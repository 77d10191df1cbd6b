import assert from 'node:assert/strict'
import { it } from 'node:test'
import { openEnvelopes } from '../../src/pool/envelope.ts'
import { readPredictBody } from '../../src/pool/predict-body.ts'
import { PredictRequest } from '../../src/pool/predict-request.ts'
import { Unanswered } from '../../src/pool/unanswered.ts'

const body = readPredictBody(Buffer.from('{"tasks": [{}]}'), openEnvelopes())

function requestOf(versionKey: string, timeoutMs: number): PredictRequest {
  return new PredictRequest({ body, versionKey, project: undefined, shape: 'list', timeoutMs })
}

it('one timer tells of each deadline in turn, of those that came late as of others, and of none that was answered', async () => {
  const overdue: string[] = []
  await new Promise<void>(resolve => {
    const unanswered: Unanswered = new Unanswered(request => {
      overdue.push(request.job.versionKey)
      unanswered.remove(links.get(request) ?? assert.fail('not added'))
      if (unanswered.size === 0) resolve()
    })
    const links = new Map(
      [requestOf('long', 60), requestOf('answered', 40), requestOf('short', 20)].map(
        request => [request, unanswered.add(request)] as const,
      ),
    )
    for (const [request, link] of links) if (request.job.versionKey === 'answered') unanswered.remove(link)
  })
  assert.deepEqual(overdue, ['short', 'long'])
})
