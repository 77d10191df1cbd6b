import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * Imports a package that is installed only by those who need it: beside htx, or in the project of the working directory.
 *
 * @returns undefined when it is not installed
 */
export async function importSdk(name: string): Promise<unknown> {
  for (const from of [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json'))]) {
    let path: string
    try {
      path = createRequire(from).resolve(name)
    } catch {
      continue
    }
    return await import(pathToFileURL(path).href)
  }
  return undefined
}
