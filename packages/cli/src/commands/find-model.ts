import { access } from 'node:fs/promises'
import { HtxError } from '@htx/core'

const names = ['model.ts', 'model.mts', 'model.js', 'model.mjs']

/** The model module that a person meant: what they named, or `model.{ts,mts,js,mjs}` here. @throws HtxError `HTX_MODULE_NOT_FOUND` */
export async function findModel(given: string | undefined): Promise<string> {
  if (given !== undefined) return given
  for (const name of names) {
    if (await exists(name)) return name
  }
  throw new HtxError(
    'HTX_MODULE_NOT_FOUND',
    `there is no ${names.join(', ')} in ${process.cwd()}. Name the module that exports your model, such as ./my-model.ts`,
  )
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
