import { join } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import { assetsDirectory, modelFiles } from './work/assets.ts'

const errorsOnly = 3

/**
 * Writes the networks as onnxruntime makes them for this machine when it loads them, their weights in files of their own: sessions then load
 * without that work, and map the weights, which all threads and processes share. The files hold for this kind of processor and this version
 * of onnxruntime only.
 */
export async function writeOptimised(folder: string): Promise<void> {
  for (const file of Object.values(modelFiles)) {
    const session = await InferenceSession.create(join(assetsDirectory(), file), {
      optimizedModelFilePath: join(folder, file),
      logSeverityLevel: errorsOnly,
      extra: {
        session: {
          optimized_model_external_initializers_file_name: `${file}.data`,
          optimized_model_external_initializers_min_size_in_bytes: '1024',
        },
      },
    })
    await session.release()
  }
}
