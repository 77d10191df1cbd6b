import { type LabelStudioAddress, readLabelStudioAddress } from '@htx/core'

/** What a request says of the Label Studio that sent it. */
export interface SaidOfCaller {
  readonly hostname?: string | null | undefined
  readonly accessToken?: string | null | undefined
}

/** Which Label Studio calls for a project: files of its tasks lie there, and its token opens them. */
export interface Callers {
  /** `/setup` says both; what cannot be an address is forgotten. */
  remember(project: string, said: SaidOfCaller): void
  /**
   * @param hostname as `/predict` of newer Label Studios names it: two of them may have a project of one number
   * @returns undefined when it is not known; without a key when that is not
   */
  of(project: string | undefined, hostname?: unknown): Promise<LabelStudioAddress | undefined>
}

const mostProjects = 10_000
const mostOfProject = 4
/** Another server on the same state may have been told. */
const askAgainMs = 5_000

/** @param stored what an earlier run of the server was told */
export function openCallers(stored: (project: string) => Promise<SaidOfCaller | undefined>): Callers {
  /** The one heard of last is the last. */
  const known = new Map<string, readonly LabelStudioAddress[]>()
  /** Projects that nothing was said of, with when to look again: not with every request. */
  const unknown = new Map<string, number>()

  return { remember, of }

  function remember(project: string, { hostname, accessToken }: SaidOfCaller): void {
    const address = readCaller(hostname, accessToken)
    if (address === undefined) return
    const others = (known.get(project) ?? []).filter(({ url }) => url !== address.url)
    known.delete(project)
    known.set(project, [...others, address].slice(-mostOfProject))
    if (known.size > mostProjects) known.delete(known.keys().next().value as string)
  }

  async function lookUp(project: string): Promise<void> {
    try {
      const said = await stored(project)
      // What `/setup` said meanwhile is newer.
      if (said !== undefined && !known.has(project)) remember(project, said)
    } catch {
      // A database in trouble must not cost the request: many tasks name no file of Label Studio.
      return
    }
    if (unknown.size >= mostProjects) unknown.clear()
    unknown.set(project, performance.now() + askAgainMs)
  }

  async function of(project: string | undefined, hostname?: unknown): Promise<LabelStudioAddress | undefined> {
    const named = typeof hostname === 'string' ? readCaller(hostname, undefined) : undefined
    if (project === undefined) return named
    if (!known.has(project) && performance.now() >= (unknown.get(project) ?? 0)) await lookUp(project)
    const addresses = known.get(project) ?? []
    if (named === undefined) return addresses.at(-1)
    return addresses.find(({ url }) => url === named.url) ?? named
  }
}

/** Label Studio does not always know its own address: it may be empty, or a path alone. @returns undefined when it is none */
export function readCaller(
  hostname: string | null | undefined,
  accessToken: string | null | undefined,
): LabelStudioAddress | undefined {
  if (!hostname) return undefined
  try {
    const { base, apiKey } = readLabelStudioAddress({ url: hostname, apiKey: accessToken ?? '' })
    return { url: base.href, ...(apiKey === undefined ? {} : { apiKey }) }
  } catch {
    return undefined
  }
}
