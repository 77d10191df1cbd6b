import { createHash, timingSafeEqual } from 'node:crypto'
import basicAuth from '@fastify/basic-auth'
import { HtxError } from '@htx/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type AccessSettings, asksForCredentials } from '../access-options.ts'
import { type Attempts, openAttempts } from './attempts.ts'
import { webhookSecretOf } from './webhook-secret.ts'

/** Wrong credentials that an address may show in a minute. A person mistypes; a program that guesses gets ten words a minute. */
const mostWrong = 10

/** Every route asks for credentials, if there are any; that of events takes their own, too. */
export async function askForCredentials(app: FastifyInstance, access: AccessSettings): Promise<void> {
  app.decorateRequest('shown', undefined)
  if (!asksForCredentials(access)) return
  const guesses = openGuesses()
  // Apart from the others: a webhook whose secret is out of date must not keep Label Studio from everything else.
  const guessesAtEvents = openGuesses()
  const checkBasic = await openBasicAuth(app, access)

  app.addHook('onRequest', async (request, reply) => {
    const attempts = takesEvents(request) ? guessesAtEvents : guesses
    await attempts.check(request.ip)
    try {
      request.shown = await shownBy(request, reply)
    } catch (error) {
      // Who shows nothing guesses nothing: Label Studio's events, for one.
      if (request.headers.authorization !== undefined) await attempts.count(request.ip)
      throw error
    }
  })

  async function shownBy(request: FastifyRequest, reply: FastifyReply): Promise<'credentials' | 'webhook'> {
    const { authorization } = request.headers
    const isEvent = takesEvents(request)
    if (isEvent && access.openWebhook && authorization === undefined) return 'webhook'
    const [, token] = /^bearer +(\S+)$/i.exec(authorization ?? '') ?? []
    if (token !== undefined) {
      if (access.apiToken !== undefined && isSame(token, access.apiToken)) return 'credentials'
      if (isEvent && isSame(token, webhookSecretOf(access))) return 'webhook'
      throw new HtxError('HTX_CREDENTIALS_INVALID', 'the bearer token is wrong')
    }
    if (checkBasic === undefined) {
      reply.header('www-authenticate', 'Bearer realm="htx"')
      throw new HtxError('HTX_CREDENTIALS_INVALID', 'this server asks for a bearer token; none came')
    }
    await checkBasic(request, reply)
    return 'credentials'
  }
}

function openGuesses(): Attempts {
  const reason = 'too many wrong credentials came from your address'
  return openAttempts({ most: mostWrong, withinSeconds: 60, refuseSeconds: 60, reason })
}

function takesEvents({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.config.takesEvents === true
}

async function openBasicAuth(app: FastifyInstance, { basicAuth: expected }: AccessSettings) {
  if (expected === undefined) return undefined
  await app.register(basicAuth, {
    authenticate: { realm: 'htx' },
    validate: async (user, password) => {
      // Both are always compared, so that the time says nothing about which was wrong.
      const right = [isSame(user, expected.user), isSame(password, expected.password)]
      if (right.includes(false)) throw new HtxError('HTX_CREDENTIALS_INVALID', 'the user or the password is wrong')
    },
  })
  return (request: FastifyRequest, reply: FastifyReply) =>
    new Promise<void>((resolve, reject) => {
      app.basicAuth(request, reply, error => (error === undefined ? resolve() : reject(error)))
    })
}

function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
