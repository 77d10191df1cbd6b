import { createHash } from 'node:crypto'
import { type FileHandle, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { HtxError } from '../errors/htx-error.ts'

/** Everything below a directory, paths relative to it and with `/`. */
export interface Tree {
  readonly files: readonly string[]
  readonly directories: readonly string[]
}

/** @throws HtxError `HTX_MANIFEST_INVALID` for a symbolic link or another thing that does not move with the directory */
export async function listTree(root: string): Promise<Tree> {
  const files: string[] = []
  const directories: string[] = []
  const list = async (directory: string) => {
    const entries = await readdir(join(root, directory), { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`
      if (entry.isFile()) files.push(path)
      else if (entry.isDirectory()) {
        directories.push(path)
        await list(path)
      } else {
        const kind = entry.isSymbolicLink() ? 'a symbolic link' : 'neither a file nor a directory'
        throw new HtxError(
          'HTX_MANIFEST_INVALID',
          `a version holds files and directories; ${join(root, path)} is ${kind}. Copy what it stands for`,
        )
      }
    }
  }
  await list('')
  return { files, directories }
}

const chunkBytes = 1024 * 1024

/** SHA-256 of a file, hexadecimal. Read in chunks: weights may be larger than the memory that is left. */
export async function hashFile(path: string): Promise<{ readonly sizeBytes: number; readonly sha256: string }> {
  return using(await open(path, 'r'), async file => {
    const hash = createHash('sha256')
    const chunk = new Uint8Array(chunkBytes)
    let sizeBytes = 0
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunkBytes, null)
      if (bytesRead === 0) return { sizeBytes, sha256: hash.digest('hex') }
      hash.update(chunk.subarray(0, bytesRead))
      sizeBytes += bytesRead
    }
  })
}

/** Sees to it that a file or directory survives a loss of power. */
export async function syncToDisk(path: string): Promise<void> {
  await using(await open(path, 'r'), file => file.sync()).catch((error: NodeJS.ErrnoException) => {
    // Windows and some network file systems do not sync directories.
    if (!['EPERM', 'EINVAL', 'EISDIR', 'ENOTSUP'].includes(error.code ?? '')) throw error
  })
}

/** Removes what is in a directory and has a name that begins so; nothing when there is none. */
export async function removeByPrefix(directory: string, prefix: string): Promise<void> {
  const names = await readdir(directory).catch(() => [])
  for (const name of names) {
    if (name.startsWith(prefix)) await rm(join(directory, name), { recursive: true, force: true })
  }
}

async function using<T>(file: FileHandle, work: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await work(file)
  } finally {
    await file.close()
  }
}
