/**
 * Label Studio's id of a project: `"12.1690000000"` (with its creation time) is project `"12"`, as is the number 12.
 * Label Studio 0.x sends names.
 */
export function projectOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string' || value === '') return undefined
  return value.split('.')[0] || undefined
}
