import { stat } from 'node:fs/promises'
import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { HtxError, messageOf } from '../errors/htx-error.ts'
import { isModelClass, type ModelClass } from './base-model.ts'

/** Files that need more than the runtime's own `import()` on Node. */
const typeScriptFile = /\.(ts|mts|cts|tsx)$/

/** Where a model module lies: a path (relative to the working directory) or a `file:` URL. */
export function moduleUrl(module: string | URL): URL {
  if (module instanceof URL) return module
  if (module.startsWith('file:')) return new URL(module)
  return pathToFileURL(isAbsolute(module) ? module : resolve(module))
}

/**
 * Imports a model module, TypeScript included, and gives the class that it exports as default.
 *
 * @throws HtxError `HTX_MODULE_NOT_FOUND` without such a file, `HTX_MODULE_INVALID` when it cannot be imported or exports no model
 */
export async function loadModelClass(module: string | URL): Promise<ModelClass> {
  const url = moduleUrl(module)
  const exported = await importModule(url)
  // A module that was compiled to CommonJS carries its default export one level down.
  const candidate = exported.default ?? exported
  const modelClass = isModelClass(candidate) ? candidate : (candidate as { default?: unknown }).default
  const path = fileURLToPath(url)
  if (!isModelClass(modelClass)) {
    const names = Object.keys(exported).filter(name => name !== 'module.exports')
    throw new HtxError(
      'HTX_MODULE_INVALID',
      `${path} must export a subclass of BaseModel as default; it exports ${names.join(', ') || 'nothing'}. ` +
        'See docs/writing-a-model.md',
    )
  }
  if (!Array.isArray(modelClass.outputTypes) || modelClass.outputTypes.length === 0) {
    throw new HtxError(
      'HTX_MODULE_INVALID',
      `${path}: ${modelClass.name} must say which control tags it fills, such as static outputTypes = ['Choices']`,
    )
  }
  return modelClass
}

/** Imports any module of a user: model or training. */
export async function importModule(url: URL): Promise<Record<string, unknown>> {
  const path = fileURLToPath(url)
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) {
    throw new HtxError(
      'HTX_MODULE_NOT_FOUND',
      `there is no file ${path}. Give the path of the module that exports your model, such as htx-serve ./model.ts`,
    )
  }
  try {
    if (typeScriptFile.test(path)) await runTypeScript()
    return await import(url.href)
  } catch (error) {
    throw new HtxError('HTX_MODULE_INVALID', `${path} could not be imported: ${whyNot(error)}`, { cause: error })
  }
}

/** Without `"type": "module"` Node takes a .ts file for CommonJS, and fails at it in words that do not say so. */
function whyNot(error: unknown): string {
  if ((error as { code?: unknown }).code !== 'ERR_REQUIRE_CYCLE_MODULE') return messageOf(error)
  return 'Node takes it for CommonJS. Put {"type": "module"} into a package.json beside it, or give it the ending .mts'
}

let typeScriptRuns: Promise<void> | undefined

/** Bun runs TypeScript by itself; Node gets tsx, once a thread. */
function runTypeScript(): Promise<void> {
  if ('bun' in process.versions) return Promise.resolve()
  typeScriptRuns ??= import('tsx/esm/api').then(tsx => {
    tsx.register()
  })
  return typeScriptRuns
}
