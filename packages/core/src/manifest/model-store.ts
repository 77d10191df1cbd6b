import { randomUUID } from 'node:crypto'
import { access, constants, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { copyFiles } from './copy-files.ts'
import { manifestName } from './manifest.ts'
import { checkName, compareVersionNames, initialVersion, namePattern, newVersionName } from './model-version.ts'
import { orUnusable } from './or-unusable.ts'
import { type PublishOptions, publishVersion } from './publish-version.ts'
import { readChoice, type ServingChoice, writeChoice } from './serving-choice.ts'
import { expectStaged, makeStaging, removeStaging, type StagedVersion } from './staging.ts'
import { readVersion, type StoredVersion } from './stored-version.ts'
import { verifyVersion } from './verify-version.ts'
import { removeByPrefix } from './version-files.ts'

const deletedPrefix = '.deleted-'

/**
 * A directory of model versions, `<directory>/<project>/<version>/manifest.json` and files. Names that start with a dot, files,
 * symbolic links, other names than versions can have, and directories without a manifest are passed over.
 */
export class ModelStore {
  /** Absolute. */
  readonly directory: string

  private constructor(directory: string) {
    this.directory = directory
  }

  /** Opens a directory of versions; makes it when it is missing. @throws HtxError `HTX_MODELS_DIR_UNUSABLE` */
  static async open(directory: string): Promise<ModelStore> {
    const absolute = resolve(directory)
    await orUnusable(absolute, 'read', async () => {
      await mkdir(absolute, { recursive: true })
      await access(absolute, constants.R_OK | constants.X_OK)
    })
    return new ModelStore(absolute)
  }

  /**
   * Makes an empty working directory on the same file system, for `publish`.
   *
   * @param label for `discardStaged`: letters, digits and «-»
   * @throws HtxError `HTX_MODELS_DIR_UNUSABLE`
   */
  async stage(project: string, label = ''): Promise<StagedVersion> {
    return makeStaging(this.directory, checkName('project', project), label)
  }

  /**
   * Makes a staged directory a version: files hashed and synced, the manifest last, then renamed into place.
   *
   * @throws HtxError `HTX_VERSION_EXISTS`; `HTX_MODELS_DIR_UNUSABLE`; `HTX_MANIFEST_INVALID` for files or resources that could not move with the directory;
   * then the staged directory is as before
   */
  async publish(staged: StagedVersion, options: PublishOptions): Promise<StoredVersion> {
    await expectStaged(this.directory, staged)
    const { project } = staged
    const newest = (await this.versions(project)).at(-1)
    const version = options.version === undefined ? newVersionName(newest) : checkName('version', options.version)
    await orUnusable(this.directory, 'write', () => publishVersion(staged, version, options))
    return this.read(project, version)
  }

  /** Deletes what a process that was killed has staged under a label. Does nothing when there is nothing. */
  async discardStaged(project: string, label: string): Promise<void> {
    await removeStaging(this.directory, checkName('project', project), label)
  }

  /** Deletes what is left of versions whose deletion was cut short: they are gone for whoever lists, and take space. */
  async removeDeleted(): Promise<void> {
    for (const project of (await listNames(this.directory)) ?? [])
      await removeByPrefix(join(this.directory, project), deletedPrefix)
  }

  /** Deletes a staged directory that is not to become a version. */
  async discard(staged: StagedVersion): Promise<void> {
    await expectStaged(this.directory, staged)
    await rm(staged.directory, { recursive: true, force: true })
  }

  /**
   * Names of versions by project, each project's newest last; no manifest is read.
   *
   * @returns undefined when the directory itself is gone, which is not the same as no versions
   * @throws HtxError `HTX_MODELS_DIR_UNUSABLE`
   */
  async list(): Promise<ReadonlyMap<string, readonly string[]> | undefined> {
    const projects = await listNames(this.directory)
    if (projects === undefined) return undefined
    const listed = new Map<string, readonly string[]>()
    for (const project of projects) listed.set(project, await this.versions(project))
    return listed
  }

  /** Names of a project's versions, newest last. @throws HtxError `HTX_MODELS_DIR_UNUSABLE` */
  async versions(project: string): Promise<readonly string[]> {
    const names = (await listNames(join(this.directory, checkName('project', project)))) ?? []
    const found = names.map(async version => {
      const isVersion = version !== initialVersion && (await this.fingerprint(project, version)) !== undefined
      return isVersion ? [version] : []
    })
    return (await Promise.all(found)).flat()
  }

  /** Changes when a version's manifest is replaced; undefined without a manifest: a symbolic link is none, as it may lead anywhere. */
  async fingerprint(project: string, version: string): Promise<string | undefined> {
    const facts = await lstat(join(this.directory, project, version, manifestName)).catch(() => undefined)
    return facts?.isFile() ? `${facts.mtimeMs}-${facts.size}` : undefined
  }

  /** @throws HtxError `HTX_VERSION_NOT_FOUND`, `HTX_MANIFEST_INVALID` */
  async read(project: string, version: string): Promise<StoredVersion> {
    return readVersion(this.directory, checkName('project', project), checkName('version', version))
  }

  /**
   * Compares a version's files with its manifest.
   *
   * @param options `hash: false` compares sizes only
   * @throws HtxError `HTX_VERSION_CORRUPT`
   */
  verify(stored: StoredVersion, options: { readonly hash: boolean } = { hash: true }): Promise<void> {
    return verifyVersion(stored, options)
  }

  /** Deletes a version: at once for whoever lists, then file by file. Does nothing when there is none. */
  async delete(project: string, version: string): Promise<void> {
    const directory = join(this.directory, checkName('project', project), checkName('version', version))
    const doomed = join(dirname(directory), `${deletedPrefix}${randomUUID()}`)
    try {
      await rename(directory, doomed)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      throw error
    }
    await rm(doomed, { recursive: true, force: true })
  }

  /** The version of a project that a person chose to serve. @throws HtxError `HTX_MANIFEST_INVALID` */
  choice(project: string): Promise<ServingChoice | undefined> {
    return readChoice(join(this.directory, checkName('project', project)))
  }

  /** Chooses a version to serve; undefined leaves it to the newest again. @throws HtxError `HTX_MODELS_DIR_UNUSABLE` */
  async choose(project: string, chosen: Pick<ServingChoice, 'version' | 'pinned'> | undefined): Promise<void> {
    const newest = (await this.versions(project)).at(-1) ?? ''
    const directory = join(this.directory, checkName('project', project))
    await orUnusable(this.directory, 'write', () =>
      writeChoice(directory, chosen && { version: chosen.version, pinned: chosen.pinned, newest }),
    )
  }

  /**
   * Copies a version to another project, files and all: it lives on when its source is deleted.
   *
   * @throws HtxError `HTX_VERSION_NOT_FOUND`, `HTX_VERSION_CORRUPT`
   */
  async copy(source: { readonly project: string; readonly version: string }, project: string): Promise<StoredVersion> {
    const stored = await this.read(source.project, source.version)
    await this.verify(stored, { hash: false })
    const staged = await this.stage(project)
    try {
      return await this.publish(staged, await copyFiles(stored, staged.directory))
    } catch (error) {
      await this.discard(staged)
      throw error
    }
  }
}

/** Names that projects and versions can have, oldest first; undefined when there is no such directory. */
async function listNames(directory: string): Promise<string[] | undefined> {
  return orUnusable(directory, 'read', async () => {
    const entries = await readdir(directory, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    const names = entries?.filter(entry => entry.isDirectory() && namePattern.test(entry.name)).map(entry => entry.name)
    return names?.sort(compareVersionNames)
  })
}
