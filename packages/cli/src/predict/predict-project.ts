import type { Prediction } from '@htx/core'
import type { LabelStudioClient, TaskPrediction } from '@htx/server'
import { chunksOf, inOrder } from './in-order.ts'
import { predictChunk, toTask } from './predict-chunk.ts'
import { expectSome, newCounts, type PredictRun, type RunCounts, reject } from './run.ts'

export interface PredictProjectOptions extends PredictRun {
  readonly client: LabelStudioClient
  readonly project: string
  readonly signal: AbortSignal
}

interface ProjectTask {
  readonly id: number
  readonly predictions?: readonly { readonly model_version?: unknown }[]
}

/**
 * Predicts for the tasks of a project and imports the predictions, chunk by chunk. What Label Studio has is what is done: tasks with a
 * prediction of this version are passed over, so that a run that was stopped goes on.
 */
export async function predictProject(options: PredictProjectOptions): Promise<RunCounts> {
  const { client, project, version, chunkTasks, width, pool, predict, report, signal } = options
  const counts = newCounts()
  let total: number | undefined
  const answers = inOrder(chunksOf(tasksToDo(), chunkTasks), width, async chunk => ({
    chunk,
    answer: await predictChunk(pool, chunk.map(toTask), predict),
  }))
  for await (const { chunk, answer } of answers) {
    signal.throwIfAborted()
    const predictions = chunk.flatMap(({ id }, place) => withTask(id, answer.predictions[place] ?? [], version))
    const created = predictions.length === 0 ? 0 : await client.importPredictions(project, predictions)
    counts.tasks += chunk.length
    counts.predictions += created
    reject(counts, report, [...answer.rejections, ...leftOut(predictions.length - created)])
    report.progress(counts.tasks, total)
  }
  expectSome(counts)
  return counts

  /** Pages hold still: the list is of all tasks, by id. */
  async function* tasksToDo(): AsyncGenerator<ProjectTask> {
    for await (const page of client.tasks(project)) {
      total = page.total
      for (const task of page.tasks as readonly ProjectTask[]) {
        const done = task.predictions?.filter(prediction => prediction.model_version === version).length ?? 0
        if (done > 0) {
          counts.tasks += 1
          counts.before += 1
          counts.predictionsBefore += done
        } else yield task
      }
    }
  }
}

/** Under the name of the version, whatever the model says: by it a task is known to be done. */
function withTask(task: number, predictions: readonly Prediction[], version: string): TaskPrediction[] {
  return predictions.map(prediction => ({ ...prediction, model_version: version, task }))
}

function leftOut(count: number): { reason: string; message: string }[] {
  const message = 'Label Studio left a prediction out of the import and does not say why; htx-check may'
  return Array.from({ length: Math.max(0, count) }, () => ({ reason: 'label-studio-refused', message }))
}
