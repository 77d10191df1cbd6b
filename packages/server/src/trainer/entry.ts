/*
 * What a training process runs: reads its order, trains, leaves its result in a file. It ends with the server.
 */
import { createReadStream, writeSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import {
  type AnnotationRecord,
  type Binding,
  checkResources,
  type DataItem,
  findBindings,
  HtxError,
  isHtxError,
  type LabelConfig,
  labelConfigFromLegacySchema,
  loadModelClass,
  loadTrainFn,
  type ModelLog,
  openTaskData,
  parseLabelConfig,
  readMetrics,
  type TaskRecord,
  type TrainContext,
  toDataItem,
  toHtxError,
} from '@htx/core'
import { messagesFd, type TrainMessage, type TrainOrder, type TrainResult } from '../jobs/messages.ts'
import { openTaskOwners } from './task-owners.ts'

const order: TrainOrder = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8'))
const controller = new AbortController()
const log: ModelLog = {
  debug: (message, fields) => logLine('debug', message, fields),
  info: (message, fields) => logLine('info', message, fields),
  warn: (message, fields) => logLine('warn', message, fields),
  error: (message, fields) => logLine('error', message, fields),
}
const mostReasonsLogged = 10
const owners = openTaskOwners()
const counts = { items: 0, skipped: {} as Record<string, number> }

process.on('SIGTERM', () => controller.abort(new HtxError('HTX_JOB_CANCELLED', 'the training was cancelled')))
// Without the server nobody would publish the result.
process.stdin.on('end', () => process.exit(1)).resume()

await leave(await result())
await Promise.all([process.stdout, process.stderr].map(flushed))
process.exit(0)

async function result(): Promise<TrainResult> {
  try {
    return await train()
  } catch (error) {
    const known = toHtxError(error, 'HTX_TRAINING_FAILED', 'train() threw: ')
    // What htx itself finds wrong says what to do; where it was found helps nobody.
    if (!isHtxError(error)) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    return { error: known.toData() }
  }
}

async function train(): Promise<TrainResult> {
  const { labelConfig: config, workingDir } = order
  const modelClass = await loadModelClass(new URL(order.model))
  const trainFn = await loadTrainFn(new URL(order.train))
  const labelConfig =
    typeof config === 'string' ? parseLabelConfig(config) : labelConfigFromLegacySchema(config, modelClass.outputTypes)
  const bindings = findBindings(labelConfig, modelClass.inputTypes, modelClass.outputTypes)
  await using taskData = openTaskData(order.taskData)
  const { signal } = controller
  const context: TrainContext = {
    binding: bindings[0],
    bindings,
    labelConfig,
    options: order.options,
    params: order.params,
    project: order.project,
    itemCount: order.itemCount,
    previous: order.previous ?? undefined,
    signal,
    log,
    progress,
    resolve: url =>
      taskData.resolve(url, {
        signal,
        caller: order.caller ?? undefined,
        project: order.project,
        task: owners.of(url),
      }),
  }
  const resources: unknown = await trainFn(items(bindings[0], labelConfig), workingDir, context)
  checkResources(resources, workingDir)
  const { skipped } = counts
  if (counts.items === 0 && Object.keys(skipped).length > 0) {
    throw new HtxError(
      'HTX_TRAINING_DATA_MISSING',
      `none of the ${order.itemCount} annotations fits ${bindings[0].control.tag} over ${bindings[0].objects.map(({ tag }) => tag).join(', ')}; the log says why`,
    )
  }
  const metrics = readMetrics(resources.metrics)
  return {
    resources,
    ...(metrics === undefined ? {} : { metrics }),
    itemCount: counts.items,
    skipped: counts.skipped,
  }
}

/** The items, one at a time as they are asked for. */
async function* items(binding: Binding, labelConfig: LabelConfig): AsyncGenerator<DataItem> {
  const input = createReadStream(order.itemsFile, 'utf8')
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const { task, annotation } = JSON.parse(line) as { task: TaskRecord; annotation: AnnotationRecord }
      const item = toDataItem(task, annotation, binding, labelConfig)
      if (typeof item === 'string') {
        counts.skipped['does not fit the binding'] = (counts.skipped['does not fit the binding'] ?? 0) + 1
        if (counts.skipped['does not fit the binding'] <= mostReasonsLogged) log.warn(item)
        continue
      }
      counts.items += 1
      owners.remember(item)
      yield item
    }
  } finally {
    input.destroy()
  }
}

function progress(fraction: number, message?: string, metrics?: Readonly<Record<string, number>>): void {
  const figures = readMetrics(metrics)
  send({
    progress: Math.min(1, Math.max(0, Number(fraction) || 0)),
    ...(message === undefined ? {} : { message: String(message).slice(0, 1_000) }),
    ...(figures === undefined ? {} : { metrics: figures }),
  })
}

function logLine(level: string, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  const more = Object.keys(fields).length === 0 ? '' : ` ${inJson(fields)}`
  send({ log: level, message: `${message}${more}`.slice(0, 10_000) })
}

function inJson(fields: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify(fields)
  } catch {
    return '(fields that are not JSON)'
  }
}

function send(message: TrainMessage): void {
  try {
    writeSync(messagesFd, `${JSON.stringify(message)}\n`)
  } catch {
    // Nobody hears it any more.
  }
}

/** What was printed last must not be lost with the process. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise(resolve => {
    stream.write('', () => resolve())
  })
}

/** Whole or not at all. */
async function leave(outcome: TrainResult): Promise<void> {
  const draft = `${order.resultFile}.part`
  await writeFile(draft, JSON.stringify(outcome))
  await rename(draft, order.resultFile)
}
