import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { HtxError } from '@htx/core'

/** The directory of model versions. One that is named is there: a slip of the pen would predict untrained. @throws HtxError `HTX_OPTION_INVALID` */
export async function findModelsDir(given: string | undefined): Promise<string> {
  if (given === undefined) return resolve('models')
  const isDirectory = await stat(given).then(
    stats => stats.isDirectory(),
    () => false,
  )
  if (isDirectory) return resolve(given)
  throw new HtxError(
    'HTX_OPTION_INVALID',
    `--models-dir (HTX_MODELS_DIR, MODEL_DIR) must be a directory of model versions; ${given} is none. Mend its path, or leave it out to predict untrained`,
  )
}
