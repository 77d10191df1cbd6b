import { createHash } from 'node:crypto'
import { namePattern } from '@htx/core'

/**
 * Label Studio's id of a project: `"12.1690000000"` (with its creation time) is project `"12"`, as is the number 12.
 * Label Studio 0.x sends names; one that could not be a directory is made into one that can, different for different names.
 */
export function projectOf(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string' || text === '') return undefined
  const name = text.split('.')[0] || text
  if (namePattern.test(name)) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return `project-${hash}`
}
