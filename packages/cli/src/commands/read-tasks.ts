import { HtxError, parseLabelConfig, readExport, type Task } from '@htx/core'
import { toTask } from '../predict/predict-chunk.ts'
import { fileBeside, openInput } from './open-input.ts'

/** More of a file are not read: each setting sees only so many in its time. */
const mostTasks = 1_000

/**
 * The first tasks of the file that was named, or of that beside the model.
 *
 * @throws HtxError `HTX_OPTION_INVALID`, `HTX_EXPORT_INVALID`
 */
export async function readTasks(model: string, given: string | undefined, labelConfig: string): Promise<Task[]> {
  const path = given ?? (await fileBeside(model, 'tasks.json'))
  if (path === undefined) {
    throw new HtxError(
      'HTX_OPTION_INVALID',
      'which tasks is the model to be measured with? There is no tasks.json beside it; give --tasks',
    )
  }
  const tasks: Task[] = []
  const file = await openInput('--tasks', path)
  for await (const task of readExport(file, { labelConfig: parseLabelConfig(labelConfig) })) {
    tasks.push(toTask(task))
    if (tasks.length === mostTasks) break
  }
  if (tasks.length === 0) throw new HtxError('HTX_EXPORT_INVALID', `--tasks ${path} holds no task to measure with`)
  return tasks
}
