import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A small file system of its own, in memory. */
export interface Tmpfs extends Disposable {
  readonly directory: string
  /** Nothing can be written to it, not by root either, until this is taken back. */
  setReadOnly(isReadOnly: boolean): void
}

/** @throws Error where this user may not mount */
export function mountTmpfs({ sizeMib }: { readonly sizeMib: number }): Tmpfs {
  const directory = mkdtempSync(join(tmpdir(), 'htx-tmpfs-'))
  try {
    run('mount', '-t', 'tmpfs', '-o', `size=${sizeMib}m`, 'tmpfs', directory)
  } catch (error) {
    rmdirSync(directory)
    throw error
  }
  return {
    directory,
    setReadOnly: isReadOnly => run('mount', '-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, directory),
    [Symbol.dispose]() {
      run('umount', '--lazy', directory)
      rmdirSync(directory)
    },
  }
}

/** For the `skip` of a test: false where one may be mounted. */
export function whyNoTmpfs(): string | false {
  try {
    using _tried = mountTmpfs({ sizeMib: 1 })
    return false
  } catch {
    return 'no right to mount a tmpfs'
  }
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: 'pipe' })
}
