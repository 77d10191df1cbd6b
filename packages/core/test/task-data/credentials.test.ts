import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openCredentials } from '../../src/task-data/label-studio/credentials.ts'
import { jwt } from './jwt.ts'

const personal = jwt({ token_type: 'refresh', exp: 4_000_000_000 })
const asked = { fresh: false }

async function neverAsked(): Promise<never> {
  throw new Error('no access token is needed')
}

describe('credentials', () => {
  it('send a legacy token as Token, and an access token as Bearer', async () => {
    const access = jwt({ token_type: 'access' })
    for (const [token, header] of [
      [' 0123456789abcdef\n', 'Token 0123456789abcdef'],
      ['not.a.jwt', 'Token not.a.jwt'],
      [access, `Bearer ${access}`],
    ] as const) {
      const credentials = openCredentials(token, neverAsked)
      assert.equal(await credentials.authorization(asked), header)
      assert.equal(credentials.canRenew, false)
    }
  })

  it('exchange a personal access token once for all who ask, and again when it runs out or is refused', async () => {
    let exchanges = 0
    let livesSeconds = 300
    const credentials = openCredentials(personal, async refresh => {
      assert.equal(refresh, personal)
      exchanges += 1
      return { access: jwt({ token_type: 'access', exp: Date.now() / 1000 + livesSeconds, n: exchanges }) }
    })
    const headers = await Promise.all([1, 2, 3].map(() => credentials.authorization(asked)))
    assert.equal(new Set(headers).size, 1)
    assert.equal(exchanges, 1)
    livesSeconds = 10
    assert.notEqual(await credentials.authorization({ fresh: true }), headers[0])
    assert.equal(exchanges, 2)
    await credentials.authorization(asked)
    assert.equal(exchanges, 3)
  })

  it('keep an access token for its life, however far the clock of Label Studio is from ours', async () => {
    for (const days of [-1, 1]) {
      let exchanges = 0
      const iat = Math.floor(Date.now() / 1000) + days * 24 * 60 * 60
      const credentials = openCredentials(personal, async () => {
        exchanges += 1
        return { access: jwt({ token_type: 'access', iat, exp: iat + (exchanges === 1 ? 300 : 10), n: exchanges }) }
      })
      await credentials.authorization(asked)
      await credentials.authorization(asked)
      assert.equal(exchanges, 1)
      await credentials.authorization({ fresh: true })
      await credentials.authorization(asked)
      assert.equal(exchanges, 3)
    }
  })

  it('trust no age of an access token that is that of the personal one', async t => {
    t.mock.method(performance, 'now', () => now)
    let now = 0
    let exchanges = 0
    const madeAt = Math.floor(Date.now() / 1000)
    const credentials = openCredentials(personal, async () => {
      exchanges += 1
      return { access: jwt({ token_type: 'access', iat: madeAt - 90 * 24 * 60 * 60, exp: madeAt + 300, n: exchanges }) }
    })
    await credentials.authorization(asked)
    now = 301_000
    await credentials.authorization(asked)
    assert.equal(exchanges, 2)
  })

  it('say so when there is no access token, and ask anew the next time', async () => {
    let answer: { readonly access?: unknown } = {}
    const credentials = openCredentials(personal, async () => answer)
    await assert.rejects(credentials.authorization(asked), {
      code: 'HTX_LABEL_STUDIO_REFUSED',
      message: /LABEL_STUDIO_API_KEY/,
    })
    answer = { access: 'a' }
    assert.equal(await credentials.authorization(asked), 'Bearer a')
  })
})
