import { HtxError, isHtxError, messageOf } from '@htx/core'

/** What of SQLite's codes a person can do something about: what is wrong, and what to do. */
const problems: Readonly<Record<string, readonly [problem: string, remedy: string]>> = {
  SQLITE_BUSY: [
    'has been locked by another process for long',
    'End the process that holds it (fuser or lsof name it); nothing else is needed',
  ],
  SQLITE_LOCKED: [
    'has been locked by another process for long',
    'End the process that holds it (fuser or lsof name it); nothing else is needed',
  ],
  SQLITE_FULL: ['cannot grow: its disk is full', 'Make space; nothing else is needed'],
  SQLITE_IOERR: [
    'cannot be read or written: its disk is full or fails',
    'Make space, or see to the disk; nothing else is needed once it works',
  ],
  SQLITE_READONLY: ['cannot be written', 'Change its owner or mode, or name another with --state-file'],
  SQLITE_PERM: ['cannot be written', 'Change its owner or mode, or name another with --state-file'],
  SQLITE_CANTOPEN: ['cannot be opened', 'Change its owner or mode, or name another with --state-file'],
  SQLITE_CORRUPT: ['is damaged', damagedRemedy()],
  SQLITE_NOTADB: ['is no SQLite file, or is damaged', damagedRemedy()],
}

/** Seconds after which a client may ask again: most of these pass, or are mended by a person. */
const retryAfterSeconds = 60

/** What SQLite, or the file system under it, said of the state file, in words for the operator; an `HtxError` stays as it is. */
export function stateProblem(error: unknown, file: string): HtxError {
  if (isHtxError(error)) return error
  const [problem, remedy] = known(error) ?? ['cannot be used', 'See to it, or name another with --state-file']
  return new HtxError('HTX_STATE_UNUSABLE', `${file} ${problem}: ${messageOf(error)}. ${remedy}`, {
    cause: error,
    retryAfterSeconds,
  })
}

export function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith('SQLITE_BUSY')
}

/** SQLite's own, or those of the file system, in the words of SQLite. */
function known(error: unknown): readonly [string, string] | undefined {
  const code = codeOf(error)
  const sameAs: Readonly<Record<string, string>> = {
    ENOSPC: 'SQLITE_FULL',
    EDQUOT: 'SQLITE_FULL',
    EACCES: 'SQLITE_CANTOPEN',
    EPERM: 'SQLITE_CANTOPEN',
    EROFS: 'SQLITE_READONLY',
    EISDIR: 'SQLITE_CANTOPEN',
    ENOENT: 'SQLITE_CANTOPEN',
    ENOTDIR: 'SQLITE_CANTOPEN',
  }
  // Extended codes say more: SQLITE_IOERR_SHMSIZE.
  const family = /^SQLITE_[A-Z]+/.exec(sameAs[code] ?? code)?.[0] ?? ''
  return problems[family]
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code)
}

function damagedRemedy(): string {
  return 'Nothing of it was overwritten. Set it aside together with its -wal and -shm files and put a backup in its place, or leave it to htx to begin a new one: the train button fetches annotations from Label Studio again'
}
