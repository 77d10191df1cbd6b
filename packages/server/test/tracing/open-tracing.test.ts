import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as api from '@opentelemetry/api'
import { openTracing } from '../../src/tracing/open-tracing.ts'

it('says what to install when the package of OpenTelemetry is missing', async () => {
  // @ts-expect-error there is no such package
  const importApi = () => import('@opentelemetry/not-installed')
  await assert.rejects(openTracing({ version: '0', log: { warn: () => {} }, importApi }), {
    code: 'HTX_OPTION_INVALID',
    message:
      /needs the package @opentelemetry\/api; it is not installed .+ Run npm install @opentelemetry\/api .+ --tracing/,
  })
})

it('says that there are no spans as long as no SDK is registered', async () => {
  const warnings: string[] = []
  const log = { warn: (message: string) => void warnings.push(message) }
  api.trace.disable()
  await openTracing({ version: '0', log: log as never })
  assert.match(warnings.join(), /no OpenTelemetry SDK is registered/)
})
