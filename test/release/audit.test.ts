import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../.ci/read-audit.mjs', import.meta.url))
const found = (severity: string) => ({
  vulnerabilities: { odd: { name: 'odd', severity, range: '<404', via: [{ title: 'not supported', url: 'any' }] } },
  metadata: { vulnerabilities: { total: 1 } },
})

for (const [what, report, code, says] of [
  ['a serious advisory fails', found('high'), 1, /odd <404: high: not supported/],
  ['a slight one does not', found('moderate'), 0, /no serious advisories/],
  ['a registry without advisories does not', { message: '405 Method Not Allowed', statusCode: 405 }, 0, /not checked/],
  ['a registry out of reach does not', { message: 'the request failed' }, 0, /not checked.*no answer/],
  [
    'a lock file that cannot be read does',
    { error: { code: 'ENOLOCK', summary: 'no lock file' } },
    1,
    /npm audit failed/,
  ],
  ['an audit that says nothing does', undefined, 1, /npm audit failed/],
] as const) {
  it(`of an audit ${what}`, () => {
    const input = report === undefined ? '' : JSON.stringify(report)
    const { status, stdout } = spawnSync(process.execPath, [program, 'package-lock.json'], { input, encoding: 'utf8' })
    assert.equal(status, code)
    assert.match(stdout, says)
  })
}
