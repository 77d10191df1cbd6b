import { basename, join, relative, sep } from 'node:path'
import { HtxError } from '../errors/htx-error.ts'

/** Resources as the manifest keeps them. */
export interface StoredResources {
  readonly resources: Record<string, unknown>
  /** JSON pointers of the texts that are paths inside the directory, stored relative to it. */
  readonly paths: string[]
}

/** tfjs takes paths in this form. */
const fileScheme = 'file://'

/**
 * Makes resources fit to move: texts that are paths inside the directory become relative to it, and are listed.
 *
 * @throws HtxError `HTX_MANIFEST_INVALID` for what is not JSON, and for paths that would point nowhere once the directory moved
 */
export function storeResources(resources: unknown, directory: string): StoredResources {
  if (!isPlainObject(resources)) throw invalid('', `must be an object, as load() gets it; got ${typeNameOf(resources)}`)
  const paths: string[] = []
  return { resources: store(resources, '', []) as Record<string, unknown>, paths }

  function store(value: unknown, pointer: string, above: readonly unknown[]): unknown {
    if (typeof value === 'string') return storeText(value, pointer)
    if (value === null || typeof value === 'boolean' || Number.isFinite(value)) return value
    if (above.includes(value)) throw invalid(pointer, 'contains itself')
    const inside = [...above, value]
    if (Array.isArray(value)) return value.map((item, index) => store(item, `${pointer}/${index}`, inside))
    if (!isPlainObject(value)) {
      throw invalid(
        pointer,
        `is ${typeNameOf(value)}, which is not JSON. Write it to a file in the working directory and return its path`,
      )
    }
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    return Object.fromEntries(entries.map(([key, item]) => [key, store(item, `${pointer}/${escapeStep(key)}`, inside)]))
  }

  function storeText(text: string, pointer: string): string {
    const scheme = text.startsWith(fileScheme) ? fileScheme : ''
    const path = text.slice(scheme.length)
    if (path !== directory && !path.startsWith(directory + sep)) {
      // The directory gets another name when it is published: what still names the old one would be lost.
      if (text.includes(basename(directory)))
        throw invalid(pointer, `must be a path inside ${directory} or not name it; got ${text}`)
      return text
    }
    const inner = relative(directory, path)
    if (leaves(inner)) throw invalid(pointer, `must stay inside ${directory}; got ${text}`)
    paths.push(pointer)
    return scheme + (inner === '' ? '.' : inner.split(sep).join('/'))
  }
}

/**
 * Makes the listed texts absolute again.
 *
 * @throws HtxError `HTX_MANIFEST_INVALID` for a pointer that leads nowhere or a path that leaves the directory
 */
export function restoreResources({ resources, paths }: StoredResources, directory: string): Record<string, unknown> {
  const restored = structuredClone(resources)
  const found = paths.map(pointer => findPath(restored, pointer))
  for (const { parent, key, scheme, inner } of found) Object.assign(parent, { [key]: scheme + join(directory, inner) })
  return restored
}

/** The listed texts as they stand there, relative to the directory. @throws HtxError `HTX_MANIFEST_INVALID` */
export function pathsInResources({ resources, paths }: StoredResources): string[] {
  return paths.map(pointer => findPath(resources, pointer).inner)
}

interface FoundPath {
  readonly parent: object
  readonly key: string
  readonly scheme: string
  readonly inner: string
}

function findPath(resources: unknown, pointer: string): FoundPath {
  const steps = pointer.split('/').slice(1).map(unescapeStep)
  const key = steps.pop() ?? ''
  let parent: unknown = resources
  for (const step of steps) parent = ownValue(parent, step)
  const text = ownValue(parent, key)
  if (typeof text !== 'string')
    throw invalid(pointer, `must be a path, as the manifest's «paths» says; got ${typeNameOf(text)}`)
  const scheme = text.startsWith(fileScheme) ? fileScheme : ''
  const inner = text.slice(scheme.length)
  if (leaves(inner)) throw invalid(pointer, `must be a path inside the version's directory; got ${text}`)
  return { parent: parent as object, key, scheme, inner }
}

function leaves(path: string): boolean {
  return path.startsWith('/') || /^[A-Za-z]:/.test(path) || path.split(/[/\\]/).includes('..')
}

function ownValue(parent: unknown, key: string): unknown {
  if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, key)) return undefined
  return (parent as Record<string, unknown>)[key]
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function typeNameOf(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number') return String(value)
  return typeof value === 'object' ? `a ${value.constructor?.name ?? 'object'}` : `a ${typeof value}`
}

function escapeStep(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

function unescapeStep(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~')
}

function invalid(pointer: string, problem: string): HtxError {
  return new HtxError('HTX_MANIFEST_INVALID', `resources${pointer.replaceAll('/', '.')} ${problem}`)
}
