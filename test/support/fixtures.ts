import { readdirSync, readFileSync } from 'node:fs'

export interface Exchange {
  readonly step?: string
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly body?: Record<string, unknown>
  readonly response?: { readonly status: number; readonly body: unknown }
}

/** Folders of recorded traffic, oldest first. */
export const generations = [
  'label-studio-0.5.1-with-pyheartex-0.0.8',
  'label-studio-0.7.1',
  'label-studio-1.0.2',
  'label-studio-1.8.2',
  'label-studio-1.13.1',
  'label-studio-1.23.2',
]

const root = new URL('../fixtures/', import.meta.url)

/** The recorded requests of a Label Studio, by file. */
export function recordings(folder: string): Map<string, Exchange[]> {
  const files = readdirSync(new URL(`${folder}/`, root)).filter(name => name.endsWith('.json'))
  return new Map(files.map(name => [name, JSON.parse(readFileSync(new URL(`${folder}/${name}`, root), 'utf8'))]))
}
