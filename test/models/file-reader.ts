import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BaseModel, type ModelTask, type PredictContext, type TrainFn, textArea } from '@htx/core'

/** Says what is in the file of a task, and in the one that its `other` names. */
export default class FileReader extends BaseModel<Record<string, never>, [file: string]> {
  static override readonly inputTypes = ['Image']
  static override readonly outputTypes = ['TextArea']
  static override readonly inputs = 'file'

  override predict(tasks: readonly ModelTask<[file: string]>[], { binding, resolve, log }: PredictContext) {
    return Promise.all(
      tasks.map(async ({ id, input: [file], data }) => {
        log.info('predicting', { id })
        const files = data.other === undefined ? [file] : [file, await resolve(String(data.other))]
        return { result: [textArea(binding, await Promise.all(files.map(path => readFile(path, 'utf8'))))] }
      }),
    )
  }
}

export const train: TrainFn<{ file: string }, [value: string]> = async (items, workingDir, context) => {
  const texts: string[] = []
  for await (const { input } of items) texts.push(await readFile(await context.resolve(input[0]), 'utf8'))
  const file = join(workingDir, 'texts.json')
  await writeFile(file, JSON.stringify(texts))
  return { file }
}
