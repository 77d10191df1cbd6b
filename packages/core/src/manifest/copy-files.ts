import { copyFile, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { PublishOptions } from './publish-version.ts'
import { restoreResources } from './stored-resources.ts'
import type { StoredVersion } from './stored-version.ts'

/** Copies the files of a version into a working directory. @returns what makes that a version like it */
export async function copyFiles({ directory, manifest }: StoredVersion, target: string): Promise<PublishOptions> {
  for (const { path } of manifest.files) {
    await mkdir(dirname(join(target, path)), { recursive: true })
    await copyFile(join(directory, path), join(target, path))
  }
  const { metrics, held } = manifest
  return {
    resources: restoreResources(manifest, target),
    ...(metrics === undefined ? {} : { metrics }),
    ...(held === undefined ? {} : { held }),
  }
}
