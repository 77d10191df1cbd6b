import { type ExportedTask, parseLabelConfig, readExport } from '@htx/core'
import { predictFile } from '../predict/predict-file.ts'
import { predictProject } from '../predict/predict-project.ts'
import type { PredictRun, RunCounts } from '../predict/run.ts'
import { showingAdvice } from '../predict/showing-advice.ts'
import { openInput } from './open-input.ts'
import type { PredictTarget } from './predict-target.ts'

/** Predicts for all tasks of a target, and takes the predictions there. */
export function predictForTarget(
  target: PredictTarget,
  common: PredictRun,
  facts: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<RunCounts> {
  if (target.kind === 'project') return importPredictions(target, common, signal)
  return predictTasks(target, common, facts)
}

async function predictTasks(
  { data, out }: Extract<PredictTarget, { kind: 'file' }>,
  common: PredictRun,
  facts: Readonly<Record<string, string>>,
): Promise<RunCounts> {
  const read = async (): Promise<AsyncGenerator<ExportedTask>> =>
    readExport(await openInput('--data', data), { labelConfig: parseLabelConfig(common.predict.labelConfig) })
  const total = common.report.wantsTotal && data !== '-' ? await countOf(await read()) : undefined
  return predictFile({ ...common, tasks: await read(), total, out, facts })
}

async function importPredictions(
  { id, client }: Extract<PredictTarget, { kind: 'project' }>,
  common: PredictRun,
  signal: AbortSignal,
): Promise<RunCounts> {
  const counts = await predictProject({ ...common, client, project: id, signal })
  const advice = await showingAdvice(client, id, common.version)
  if (advice !== undefined) common.report.say(advice)
  return counts
}

async function countOf(tasks: AsyncIterable<unknown>): Promise<number> {
  let total = 0
  for await (const _ of tasks) total += 1
  return total
}
