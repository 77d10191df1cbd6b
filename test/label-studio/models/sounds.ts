import { readFile } from 'node:fs/promises'
import { audioLabels, BaseModel, type ModelTask, type PredictContext } from '@htx/core'
import { loudStretch } from '../support/sound.ts'

/** Labels the stretch of a WAV that is not silent. */
export default class Sounds extends BaseModel<object, [audio: string]> {
  static override readonly inputTypes = ['Audio']
  static override readonly outputTypes = ['Labels']
  static override readonly inputs = 'file'

  override predict(tasks: readonly ModelTask<[audio: string]>[], { binding }: PredictContext) {
    return Promise.all(
      tasks.map(async ({ input: [file] }) => {
        const { from, to, length } = loudStretch(await readFile(file))
        const stretch = { startSeconds: from, endSeconds: to }
        return { score: 0.7, result: [audioLabels(binding, ['Sound'], stretch, { lengthSeconds: length })] }
      }),
    )
  }
}
