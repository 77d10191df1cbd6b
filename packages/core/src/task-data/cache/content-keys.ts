import { randomUUID } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { digestName, fileIn } from './content-files.ts'
import { onDisk } from './on-disk.ts'

/*
 * Which content a key has: a small file for each key names it.
 */

const keyName = /^[0-9a-f]{64}\.key$/

/** @returns the SHA-256 of its content; undefined for a key that has none */
export async function contentOf(home: string, key: string): Promise<string | undefined> {
  return readDigest(keyFile(home, key))
}

function keyFile(home: string, key: string): string {
  return join(home, `${key}.key`)
}

/** Says which content a key has from now on. */
export async function nameContent(home: string, key: string, digest: string): Promise<void> {
  const draft = join(home, `${key}.${randomUUID()}.part`)
  await onDisk(async () => {
    writeFileSync(draft, digest, { mode: 0o600 })
    renameSync(draft, keyFile(home, key))
  })
}

/** Removes the keys whose content is gone. */
export async function forgetKeys(home: string): Promise<void> {
  for (const name of (await readdir(home)).filter(entry => keyName.test(entry))) {
    const digest = await readDigest(join(home, name))
    const isThere = digest !== undefined && (await fileIn(join(home, digest))) !== undefined
    if (!isThere) await rm(join(home, name), { force: true })
  }
}

async function readDigest(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return digestName.test(text) ? text : undefined
}
