import { HtxError, messageOf } from '@htx/core'
import { HTTPError } from 'ky'

/** As much of an answer as is shown. */
const mostWords = 300

/** Turns what went wrong with a request into words for the operator. The request itself, which has the token, is in none of them. */
export async function refusal(error: unknown, url: string): Promise<HtxError> {
  if (error instanceof HTTPError) return httpRefusal(error, url)
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : messageOf(error)
  return new HtxError(
    'HTX_LABEL_STUDIO_UNREACHABLE',
    `Label Studio at ${url} cannot be asked: ${reason}. Is LABEL_STUDIO_URL the address under which this machine reaches it?`,
    { cause: error },
  )
}

async function httpRefusal(error: HTTPError, url: string): Promise<HtxError> {
  const { status } = error.response
  const path = new URL(error.request.url).pathname
  const words = await wordsOf(error.response)
  const said = `Label Studio at ${url} answered ${status} to ${path}${words === '' ? '' : ` («${words}»)`}`
  if (status === 401 || status === 403) {
    return new HtxError(
      'HTX_LABEL_STUDIO_REFUSED',
      `${said}: the token is not accepted. Set LABEL_STUDIO_API_KEY to a personal access token; newer Label Studios have legacy tokens switched off`,
    )
  }
  if (status >= 300 && status < 400) {
    const target = error.response.headers.get('location') ?? 'nowhere'
    return new HtxError(
      'HTX_LABEL_STUDIO_REFUSED',
      `${said}, which leads on to ${target}; set LABEL_STUDIO_URL to the address that it really has`,
    )
  }
  if (status === 404) {
    return new HtxError(
      'HTX_LABEL_STUDIO_REFUSED',
      `${said}: there is no such project, or the owner of the token may not see it`,
    )
  }
  if (status >= 500 || status === 429) {
    return new HtxError('HTX_LABEL_STUDIO_UNREACHABLE', `${said}; try later`)
  }
  return new HtxError('HTX_LABEL_STUDIO_REFUSED', said)
}

/** What Label Studio says is wrong: `{"detail": …, "validation_errors": …}`. */
async function wordsOf(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => undefined)
  if (typeof body !== 'object' || body === null) return ''
  const { detail, validation_errors: errors } = body as { detail?: unknown; validation_errors?: unknown }
  const parts = [detail, errors].filter(part => part !== undefined && part !== null)
  const words = parts.map(part => (typeof part === 'string' ? part : JSON.stringify(part))).join(': ')
  return words.length > mostWords ? `${words.slice(0, mostWords - 1)}…` : words
}
