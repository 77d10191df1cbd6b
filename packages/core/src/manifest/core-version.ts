import { readFileSync } from 'node:fs'

/** Release of this package, as its package.json says. */
export const coreVersion: string = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
).version
