import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { OnnxSessionOptions } from '@htx/core'
import { InferenceSession } from 'onnxruntime-node'

/** Opens a network that lies in a package. Packages export code only, so the file is looked for as Node would look for the package. */
export async function openNetwork(
  packageName: string,
  file: string,
  options: OnnxSessionOptions,
): Promise<InferenceSession> {
  const folders = createRequire(import.meta.url).resolve.paths(packageName) ?? []
  const path = folders.map(folder => join(folder, packageName, file)).find(existsSync)
  if (path === undefined) throw new Error(`${packageName}/${file} is not installed; run npm ci in examples/speech`)
  return InferenceSession.create(path, options)
}
