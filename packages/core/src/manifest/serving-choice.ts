import { randomUUID } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HtxError, messageOf } from '../errors/htx-error.ts'
import { compileSchema } from '../validation/compile-schema.ts'
import { type Static, Type } from '../wire/type.ts'
import { compareVersionNames } from './model-version.ts'
import { readSmallFile } from './read-small-file.ts'
import { syncToDisk } from './version-files.ts'

/** A person's word on which version of a project serves; without one the newest does. */
const ServingChoiceSchema = Type.Object({
  version: Type.String(),
  /** True: it serves whatever comes. False: until a version newer than `newest` is there. */
  pinned: Type.Boolean(),
  /** The newest version when it was chosen. */
  newest: Type.String(),
})
export type ServingChoice = Static<typeof ServingChoiceSchema>

/** Beside the versions of the project, so that it goes where they go. */
const choiceName = 'serving.json'
const largestBytes = 64 * 1024

const checkChoice = compileSchema<ServingChoice>(ServingChoiceSchema, {
  code: 'HTX_MANIFEST_INVALID',
  what: choiceName,
})

/** @throws HtxError `HTX_MANIFEST_INVALID` for a file that says something else */
export async function readChoice(projectDirectory: string): Promise<ServingChoice | undefined> {
  const path = join(projectDirectory, choiceName)
  const text = await readSmallFile(path, largestBytes).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    if (error.code === 'ELOOP')
      throw new HtxError('HTX_MANIFEST_INVALID', `${path} must be a file, and is a symbolic link`, { cause: error })
    throw error
  })
  return text === undefined ? undefined : checkChoice(parse(text))
}

/** Whole or not at all; undefined takes the choice back. */
export async function writeChoice(projectDirectory: string, choice: ServingChoice | undefined): Promise<void> {
  const path = join(projectDirectory, choiceName)
  if (choice === undefined) return rm(path, { force: true })
  const draft = join(projectDirectory, `.${choiceName}-${randomUUID()}`)
  await writeFile(draft, `${JSON.stringify(choice, null, 2)}\n`)
  await syncToDisk(draft)
  await rename(draft, path)
}

/**
 * The versions of a project in the order in which they are wanted, the most wanted last. A choice of a version that is not there is none.
 *
 * @param names oldest first
 */
export function orderByChoice(names: readonly string[], choice: ServingChoice | undefined): readonly string[] {
  if (choice === undefined || !names.includes(choice.version)) return names
  if (choice.pinned) return [choice.version]
  const isNewer = (name: string) => compareVersionNames(name, choice.newest) > 0
  const others = names.filter(name => name !== choice.version)
  return [...others.filter(name => !isNewer(name)), choice.version, ...others.filter(isNewer)]
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    return messageOf(error)
  }
}
