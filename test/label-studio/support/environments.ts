import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What is installed for tests lies here. */
export const runtimesDirectory: string = fileURLToPath(new URL('../../../.runtimes/', import.meta.url))

/** The virtualenv that `.ci/install-label-studio` made for a version; undefined when there is none. */
export function labelStudioEnvironment(version: string): string | undefined {
  const folder = process.env.HTX_LABEL_STUDIO_ENVS || runtimesDirectory
  const environment = join(folder, `label-studio-${version}`)
  return existsSync(join(environment, 'bin', 'label-studio')) ? environment : undefined
}

/** For `skip`: false, or why a suite cannot run. */
export function withoutLabelStudio(version: string): string | false {
  if (labelStudioEnvironment(version) !== undefined) return false
  return `Label Studio ${version} is not installed: bash .ci/install-label-studio ${version}`
}

/** Debian's Chromium, or the one that `HTX_CHROMIUM` names. */
export const chromiumPath = process.env.HTX_CHROMIUM || '/usr/bin/chromium'

/** For `skip`: false, or why what the editor shows is not looked at. */
export function withoutChromium(): string | false {
  return existsSync(chromiumPath)
    ? false
    : `${chromiumPath} is not there: apt-get install chromium, or set HTX_CHROMIUM`
}

/** The Bun that `.ci/install-runtimes` brought. */
export const bunPath = join(runtimesDirectory, 'node_modules/bun/bin/bun')

/** For `skip`: false, or why nothing is served by Bun. */
export function withoutBun(): string | false {
  return existsSync(bunPath) ? false : `${bunPath} is not there: bash .ci/install-runtimes`
}
