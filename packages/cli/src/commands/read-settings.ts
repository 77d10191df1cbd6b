import { readFile } from 'node:fs/promises'
import { HtxError, messageOf } from '@htx/core'

/** Reads a JSON object from a file that a flag names. @throws HtxError `HTX_OPTION_INVALID` */
export async function readJsonFile(flag: string, path: string): Promise<Record<string, unknown>> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new HtxError('HTX_OPTION_INVALID', `${flag} ${path} cannot be read: ${messageOf(error)}`, { cause: error })
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new HtxError('HTX_OPTION_INVALID', `${flag} ${path} must hold JSON: ${messageOf(error)}`, { cause: error })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new HtxError(
    'HTX_OPTION_INVALID',
    `${flag} ${path} must hold a JSON object; it holds ${Array.isArray(value) ? 'a list' : String(value)}`,
  )
}

/** What `context.options` holds: `--config`, and `--set` over it. @throws HtxError `HTX_OPTION_INVALID` */
export async function readModelOptions({
  config,
  set,
}: {
  readonly config?: string
  readonly set: readonly string[]
}): Promise<Record<string, unknown>> {
  return { ...(config === undefined ? {} : await readJsonFile('--config', config)), ...readPairs(set) }
}

/**
 * Turns `key=value` pairs into options: numbers, booleans and other JSON as such, everything else as text.
 *
 * @throws HtxError `HTX_OPTION_INVALID` for a pair without `=`
 */
export function readPairs(pairs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map(pair => {
      const at = pair.indexOf('=')
      if (at < 1)
        throw new HtxError('HTX_OPTION_INVALID', `--set wants key=value, such as --set threshold=0.5; got ${pair}`)
      return [pair.slice(0, at), readValue(pair.slice(at + 1))]
    }),
  )
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
