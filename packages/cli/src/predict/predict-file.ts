import { type ExportedTask, HtxError } from '@htx/core'
import { amount } from '../amount.ts'
import { chunksOf, inOrder } from './in-order.ts'
import { predictChunk, toTask } from './predict-chunk.ts'
import { expectSome, isWorthKeeping, newCounts, type PredictRun, type RunCounts, reject } from './run.ts'
import { openWorkingFile, type RunFacts, type WorkingFile } from './working-file.ts'

export interface PredictFileOptions extends PredictRun {
  /** In the same order each time. */
  readonly tasks: AsyncIterable<ExportedTask>
  /** For the bar, if known. */
  readonly total: number | undefined
  readonly out: string
  /** What must be the same when a run goes on. */
  readonly facts: RunFacts
}

/** Predicts for tasks of a file and writes what Label Studio imports: the same tasks, with predictions. Goes on where it was. */
export async function predictFile(options: PredictFileOptions): Promise<RunCounts> {
  const { tasks, out, facts, chunkTasks, width, pool, predict, report, total } = options
  const counts = newCounts()
  const file = await openWorkingFile(out, facts)
  try {
    const rest = tasks[Symbol.asyncIterator]()
    await skipRecorded(file, rest, counts)
    if (counts.before > 0) report.say(`going on after ${amount(counts.before, 'task')} of ${file.path}`)
    report.progress(counts.tasks, total)
    const answers = inOrder(chunksOf(remaining(rest), chunkTasks), width, async chunk => ({
      chunk,
      answer: await predictChunk(pool, chunk.map(toTask), predict),
    }))
    for await (const { chunk, answer } of answers) {
      await file.add(chunk.map((task, place) => withPredictions(task, answer.predictions[place] ?? [])))
      counts.tasks += chunk.length
      counts.predictions += answer.predictions.flat().length
      reject(counts, report, answer.rejections)
      report.progress(counts.tasks, total)
    }
    if (counts.tasks === 0 || !isWorthKeeping(counts)) await file.discard()
    else await file.finish()
  } finally {
    await file.close()
  }
  if (counts.tasks === 0) throw new HtxError('HTX_NO_TASKS', '--data holds no task, so there is nothing to predict for')
  expectSome(counts)
  return counts
}

/** Reads past the tasks that are finished, counts them, and sees that they are the same. */
async function skipRecorded(file: WorkingFile, tasks: AsyncIterator<ExportedTask>, counts: RunCounts): Promise<void> {
  for await (const record of file.recorded()) {
    counts.tasks += 1
    counts.before += 1
    const { predictions } = record as { predictions?: readonly unknown[] }
    counts.predictionsBefore += predictions?.length ?? 0
    const next = await tasks.next()
    if (next.done !== true && sameTask(next.value, record)) continue
    throw new HtxError(
      'HTX_OPTION_INVALID',
      `${file.path} was begun with other tasks: its task ${counts.before} is not that of --data. Go on with the same data, or delete the file to begin anew`,
    )
  }
}

async function* remaining(tasks: AsyncIterator<ExportedTask>): AsyncGenerator<ExportedTask> {
  try {
    for (let next = await tasks.next(); next.done !== true; next = await tasks.next()) yield next.value
  } finally {
    await tasks.return?.()
  }
}

/** All that came with a task stays, annotations among it. */
function withPredictions(task: ExportedTask, predictions: readonly unknown[]): object {
  return task.data === undefined ? { data: task, predictions } : { ...task, predictions }
}

function sameTask(task: ExportedTask, record: unknown): boolean {
  const { id, data } = record as { id?: unknown; data?: unknown }
  return (
    JSON.stringify([task.data === undefined ? undefined : task.id, task.data ?? task]) === JSON.stringify([id, data])
  )
}
