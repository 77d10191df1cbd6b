import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { HtxError } from '../errors/htx-error.ts'

/**
 * Reads a text of bounded size. A models directory may come from elsewhere: no symbolic link is followed, no pipe waited for, no device read.
 *
 * @throws HtxError `HTX_MANIFEST_INVALID` when it is no file or too large; what the system says when it cannot be opened
 */
export async function readSmallFile(path: string, mostBytes: number): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const facts = await file.stat()
    if (!facts.isFile()) throw new HtxError('HTX_MANIFEST_INVALID', `${path} must be a file, and is none`)
    if (facts.size > mostBytes) {
      const message = `${path} may have ${mostBytes} bytes and has ${facts.size}. Keep large things in files of their own`
      throw new HtxError('HTX_MANIFEST_INVALID', message)
    }
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}
