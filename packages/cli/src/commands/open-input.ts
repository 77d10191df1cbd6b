import { createReadStream } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { HtxError, messageOf } from '@htx/core'

/** The bytes of a file that a person named; `-` is standard input. @throws HtxError `HTX_OPTION_INVALID` before anything is read */
export async function openInput(what: string, path: string): Promise<AsyncIterable<Uint8Array>> {
  if (path === '-') return process.stdin
  await access(path).catch(error => {
    throw new HtxError('HTX_OPTION_INVALID', `${what} ${path} cannot be read: ${messageOf(error)}`, { cause: error })
  })
  return createReadStream(path)
}

/** XML of the label config that `--label-config` names. @throws HtxError `HTX_OPTION_INVALID` */
export function readLabelConfig(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(error => {
    throw new HtxError('HTX_OPTION_INVALID', `--label-config ${path} cannot be read: ${messageOf(error)}`)
  })
}

/** A file that lies beside the model, such as the tasks of an example. @returns its path, or undefined when there is none */
export async function fileBeside(model: string, name: string): Promise<string | undefined> {
  const path = join(dirname(model), name)
  return access(path).then(
    () => path,
    () => undefined,
  )
}

/** The label config that lies beside the model, as in the examples and in new backends. */
export function labelConfigBeside(model: string): Promise<string | undefined> {
  return readFile(join(dirname(model), 'label-config.xml'), 'utf8').catch(() => undefined)
}
