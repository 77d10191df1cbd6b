import { realpathSync, statSync } from 'node:fs'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HtxError } from '../errors/htx-error.ts'
import { showValue } from './show-value.ts'

/**
 * The file that a path or a `file:` URL names, where it lies. Relative paths start at `root`.
 *
 * Looks without leaving the thread: that takes microseconds, a promise of the file system ten times as long.
 *
 * @returns the absolute path, links resolved only for the check: the value's extension stays
 * @throws HtxError `HTX_TASK_DATA_INVALID` for what is not a file under `root`; `HTX_OPTION_INVALID` when `root` is no directory
 */
export async function findLocalFile(value: string, root: string | undefined): Promise<string> {
  if (root === undefined) {
    throw invalid(value, 'names a local file, and none may be read; allow its directory with --data-root, or use a URL')
  }
  const realRoot = realRootOf(root)
  const path = resolve(root, pathOf(value))
  // Before the file system is asked, so that nobody learns what exists elsewhere.
  if (!isInside(resolve(root), path) && !isInside(realRoot, path)) throw outside(value)
  try {
    if (!isInside(realRoot, realpathSync.native(path))) throw outside(value)
    if (statSync(path).isFile()) return path
  } catch (error) {
    if (error instanceof HtxError) throw error
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException
    throw invalid(value, `names a file under --data-root that cannot be read: ${code}`, error)
  }
  throw invalid(value, 'is not a file; name a file under --data-root')
}

function realRootOf(root: string): string {
  try {
    return realpathSync.native(root)
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException
    throw new HtxError('HTX_OPTION_INVALID', `--data-root must be a directory that exists; ${root}: ${code}`, {
      cause: error,
    })
  }
}

function pathOf(value: string): string {
  // The file system would refuse it with an error of another kind on each runtime.
  if (value.includes('\0')) throw invalid(value, 'has a null character; name a file')
  if (!/^file:/i.test(value)) return value
  try {
    const path = fileURLToPath(value)
    if (!path.includes('\0')) return path
  } catch {
    // Said below; the runtimes' own words differ.
  }
  throw invalid(value, 'is not the URL of a local file, such as file:///data/cat.png')
}

function isInside(directory: string, path: string): boolean {
  const way = relative(directory, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

function outside(value: string): HtxError {
  return invalid(value, 'lies outside of the directory whose files tasks may name; see --data-root')
}

function invalid(value: string, why: string, cause?: unknown): HtxError {
  return new HtxError('HTX_TASK_DATA_INVALID', `${showValue(value)} ${why}`, { cause })
}
