import { readdirSync, readFileSync } from 'node:fs'

export interface Exchange {
  readonly step?: string
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly body?: Record<string, unknown>
  readonly response?: { readonly status: number; readonly body: unknown }
}

const root = new URL('../fixtures/', import.meta.url)

/** The recorded requests of a Label Studio, by file. */
export function recordings(folder: string): Map<string, Exchange[]> {
  const files = readdirSync(new URL(`${folder}/`, root)).filter(name => name.endsWith('.json'))
  return new Map(files.map(name => [name, JSON.parse(readFileSync(new URL(`${folder}/${name}`, root), 'utf8'))]))
}
