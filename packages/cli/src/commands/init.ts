import { basename, relative, resolve } from 'node:path'
import { HtxError } from '@htx/core'
import { Command, Option } from 'commander'
import { askForDirectory, askForKind } from './ask.ts'
import { backendFiles, type PackageManager } from './backend-files.ts'
import { type BackendKind, backendKinds } from './backend-kinds.ts'
import { version } from './flags.ts'
import { isEmptyDirectory, writeNewDirectory } from './write-new-directory.ts'

interface InitFlags {
  readonly kind?: string
  readonly name?: string
  readonly packageManager?: PackageManager
  readonly yes?: boolean
}

/** `htx-init`: writes a new backend. */
export function initCommand(): Command {
  const kinds = backendKinds.map(({ name, title, tags }) => `  ${name.padEnd(26)}${title}: ${tags}`)
  return new Command('htx-init')
    .description(
      'Writes a new backend: a model that runs at once, its test, and what Docker needs. Asks what is not said.',
    )
    .version(version)
    .argument('[directory]', 'new, or empty')
    .addOption(
      new Option('-k, --kind <kind>', 'kind of model, see below').choices(backendKinds.map(({ name }) => name)),
    )
    .addOption(new Option('-n, --name <name>', 'name of the package (default: that of the directory)'))
    .addOption(
      new Option('--package-manager <name>', 'npm: on Node; bun: on Bun (default: what runs htx-init)').choices([
        'npm',
        'bun',
      ]),
    )
    .addOption(new Option('-y, --yes', 'ask nothing: text-classification unless --kind says otherwise'))
    .allowExcessArguments(false)
    .configureHelp({ helpWidth: 120, optionDescription: option => option.description })
    .addHelpText('after', `\nKinds:\n${kinds.join('\n')}`)
    .showHelpAfterError('(htx-init --help lists the flags)')
    .action(init)
}

async function init(given: string | undefined, flags: InitFlags): Promise<void> {
  const asks = flags.yes !== true && process.stdin.isTTY && process.stdout.isTTY
  const where = given ?? (asks ? await askForDirectory() : 'my-backend')
  const directory = resolve(where)
  await isEmptyDirectory(directory)
  const name = packageName(flags.name, directory)
  const kind = findKind(flags) ?? (asks ? await askForKind(backendKinds) : missingKind())
  const packageManager = flags.packageManager ?? runningPackageManager()
  await writeNewDirectory(directory, await backendFiles({ name, kind, packageManager }))
  process.stdout.write(nextSteps(relative('.', directory), kind, packageManager))
}

function findKind({ kind, yes }: InitFlags): BackendKind | undefined {
  const wanted = kind ?? (yes === true ? 'text-classification' : undefined)
  return backendKinds.find(({ name }) => name === wanted)
}

function missingKind(): never {
  throw new HtxError(
    'HTX_OPTION_INVALID',
    `expected --kind, as there is no terminal to ask on: ${backendKinds.map(({ name }) => name).join(', ')}; or --yes for the first`,
  )
}

/** @throws HtxError `HTX_OPTION_INVALID` when npm would not take it */
function packageName(given: string | undefined, directory: string): string {
  const name = given ?? basename(directory).toLowerCase().replaceAll(/\s+/g, '-')
  if (/^[a-z0-9][a-z0-9._-]{0,100}$/.test(name)) return name
  throw new HtxError(
    'HTX_OPTION_INVALID',
    `expected a name of lower-case letters, digits, dots and dashes; got ${name}. Give one with --name`,
  )
}

/** `bunx htx-init` is for Bun. */
function runningPackageManager(): PackageManager {
  return process.env.npm_config_user_agent?.startsWith('bun/') || 'bun' in process.versions ? 'bun' : 'npm'
}

function nextSteps(directory: string, { title, tags }: BackendKind, packageManager: PackageManager): string {
  return [
    `A backend for ${title} (${tags}) is in ${directory || 'this directory'}. Next:`,
    '',
    ...(directory === '' ? [] : [`  cd ${/\s/.test(directory) ? JSON.stringify(directory) : directory}`]),
    `  ${packageManager} install`,
    `  ${packageManager} start`,
    '',
    'README.md says the rest: your own model, training, Label Studio, Docker.',
    '',
  ].join('\n')
}
