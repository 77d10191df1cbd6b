import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { BackendKind } from './backend-kinds.ts'
import { version } from './flags.ts'

/** What installs and runs the backend: npm means Node. */
export type PackageManager = 'npm' | 'bun'

/** A backend that is to be written. */
export interface BackendPlan {
  /** Of the package. */
  readonly name: string
  readonly kind: BackendKind
  readonly packageManager: PackageManager
}

/** npm packs no file of these names, so the templates have them without the dot. */
const dotFiles = ['gitignore', 'dockerignore', 'env.example']

/** The files of a backend, by name: those of its kind, of its runtime, and those that all share. */
export async function backendFiles({ name, kind, packageManager }: BackendPlan): Promise<Map<string, string>> {
  const shared = await readTemplate('shared')
  const runtime = await readTemplate(packageManager === 'bun' ? 'bun' : 'node')
  const own = await readTemplate(kind.name)
  const files = new Map([...shared, ...runtime, ...own])
  files.set('package.json', packageJson(name, kind, runtime, own))
  files.set('README.md', readme(name, packageManager, own, shared))
  files.set('.env', secrets(textOf(shared, '.env.example')))
  return files
}

async function readTemplate(folder: string): Promise<Map<string, string>> {
  const directory = fileURLToPath(new URL(`../../templates/${folder}/`, import.meta.url))
  const files = new Map<string, string>()
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (!entry.isFile()) continue
    const name = dotFiles.includes(entry.name) ? `.${entry.name}` : entry.name
    files.set(name, await readFile(`${directory}${entry.name}`, 'utf8'))
  }
  return files
}

/** The runtime's, with the dependencies of the kind; htx in the version of this program. */
function packageJson(
  name: string,
  kind: BackendKind,
  runtime: ReadonlyMap<string, string>,
  own: ReadonlyMap<string, string>,
): string {
  const base = JSON.parse(textOf(runtime, 'package.json'))
  const added = JSON.parse(textOf(own, 'package.json'))
  if (!kind.trains) delete base.scripts.train
  const dependencies = ofThisVersion({ ...base.dependencies, ...added.dependencies })
  const devDependencies = ofThisVersion({ ...base.devDependencies, ...added.devDependencies })
  return `${JSON.stringify({ ...base, name, dependencies, devDependencies }, null, 2)}\n`
}

function ofThisVersion(dependencies: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(dependencies).map(([name, range]) => [
    name,
    name.startsWith('@htx/') ? `^${version}` : range,
  ])
  return Object.fromEntries(entries.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)))
}

/** What the model is, then what is the same for all. Its commands are those of npm; Bun has the same words. */
function readme(
  name: string,
  packageManager: PackageManager,
  own: ReadonlyMap<string, string>,
  shared: ReadonlyMap<string, string>,
): string {
  const text = `${textOf(own, 'README.md')}\n${textOf(shared, 'README.md')}`.replace('# my-backend', `# ${name}`)
  return packageManager === 'bun'
    ? text.replaceAll(/\bnpm (?=install|start|test|run)/g, 'bun ').replaceAll(' -- --', ' --')
    : text
}

/** The example's settings, with a password and a key that nobody knows yet. */
function secrets(example: string): string {
  return example
    .replace(/^#.*\n+/, '')
    .replace(/^LABEL_STUDIO_PASSWORD=$/m, `LABEL_STUDIO_PASSWORD=${randomBytes(12).toString('base64url')}`)
    .replace(/^LABEL_STUDIO_API_KEY=$/m, `LABEL_STUDIO_API_KEY=${randomBytes(20).toString('hex')}`)
}

function textOf(files: ReadonlyMap<string, string>, name: string): string {
  const text = files.get(name)
  if (text === undefined) throw new Error(`a template has no ${name}`)
  return text
}
