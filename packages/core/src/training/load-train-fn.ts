import { fileURLToPath } from 'node:url'
import { HtxError } from '../errors/htx-error.ts'
import { importModule, moduleUrl } from '../model/load-model-class.ts'
import type { TrainFn } from './train-fn.ts'

/**
 * Imports the module that exports `train`: the model's own, or a separate one.
 *
 * @throws HtxError `HTX_MODULE_NOT_FOUND` without such a file, `HTX_MODULE_INVALID` when it cannot be imported, `HTX_NOT_TRAINABLE` when it exports no such function
 */
export async function loadTrainFn(module: string | URL): Promise<TrainFn> {
  const url = moduleUrl(module)
  const exported = await importModule(url)
  const train = trainOf(exported)
  if (train !== undefined) return train
  const names = Object.keys(exported).filter(name => name !== 'module.exports')
  throw new HtxError(
    'HTX_NOT_TRAINABLE',
    `${fileURLToPath(url)} must export a function «train» to be trained; it exports ${names.join(', ') || 'nothing'}. ` +
      'Add one (docs/writing-a-model.md), or name the module that has it with --train',
  )
}

/** True when a module that can be imported exports `train`. */
export async function exportsTrainFn(module: string | URL): Promise<boolean> {
  return trainOf(await importModule(moduleUrl(module))) !== undefined
}

/** A module that was compiled to CommonJS carries its exports one level down. */
function trainOf(exported: Record<string, unknown>): TrainFn | undefined {
  const inner = (exported.default ?? {}) as Record<string, unknown>
  return [exported.train, inner.train].find((value): value is TrainFn => typeof value === 'function')
}
