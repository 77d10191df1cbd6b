import type { AnswerShape } from '../pool/messages.ts'

/** Which generation of Label Studio asks, by its user agent. */
export type Client =
  /** Label Studio 0.x: `label-studio/0.7.1`. */
  | { readonly kind: 'label-studio-0' }
  /** Label Studio ≥ 1.0: `heartex/1.23.2+0.gdf96d79`. */
  | { readonly kind: 'label-studio'; readonly major: number; readonly minor: number }
  | { readonly kind: 'other' }

export function clientOf(userAgent: string | undefined): Client {
  if (userAgent === undefined) return { kind: 'other' }
  if (userAgent.startsWith('label-studio/')) return { kind: 'label-studio-0' }
  const version = /^heartex\/(\d+)\.(\d+)/.exec(userAgent)
  return version === null
    ? { kind: 'other' }
    : { kind: 'label-studio', major: Number(version[1]), minor: Number(version[2]) }
}

/**
 * What each generation reads for a task: lists of predictions since 1.13; 1.8 stores nothing of a list, but takes an empty one;
 * older ones index each answer as a dict. The browser reads an interactive answer as a dict, whatever its version.
 */
export function answerShape(client: Client, interactive: boolean): AnswerShape {
  if (interactive || client.kind === 'label-studio-0') return 'dict'
  if (client.kind === 'other' || client.major > 1 || client.minor >= 13) return 'list'
  return client.minor >= 8 ? 'single' : 'dict'
}
