import { createHash } from 'node:crypto'
import { namePattern } from '@htx/core'

/**
 * Label Studio's id of a project: `"12.1690000000"` (with its creation time) is project `"12"`, as is the number 12.
 * Label Studio 0.x sends names; one that could not be a directory is made into one that can, different for different names.
 */
export function projectOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string' || value === '') return undefined
  const name = value.split('.')[0] || value
  if (namePattern.test(name)) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return `project-${hash}`
}
