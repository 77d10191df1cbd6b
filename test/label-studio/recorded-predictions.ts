import { type Exchange, recordings } from '../support/fixtures.ts'

/** What a person or a model said about a task, as a running Label Studio sent it. */
export interface RecordedResult {
  /** File and step of the recording. */
  readonly where: string
  readonly config: string
  readonly data: Record<string, unknown>
  readonly result: unknown[]
}

type Json = Record<string, unknown>

/** Every annotation, draft and prediction of the recorded traffic that came with its label config, each once. */
export function recordedResults(): RecordedResult[] {
  const found = new Map<string, RecordedResult>()
  for (const folder of ['label-studio-1.8.2', 'label-studio-1.13.1', 'label-studio-1.23.2']) {
    for (const [file, exchanges] of recordings(folder)) {
      for (const recorded of exchanges.flatMap(exchange => resultsOf(exchange, `${folder}/${file}`))) {
        found.set(JSON.stringify([recorded.config, recorded.data, recorded.result]), recorded)
      }
    }
  }
  return [...found.values()]
}

function resultsOf({ body = {}, step }: Exchange, where: string): RecordedResult[] {
  const { label_config, tasks, task, annotation } = body
  const config = label_config ?? (isRecord(body.project) ? body.project.label_config : undefined)
  if (typeof config !== 'string') return []
  return [tasks, task].flat().flatMap(one => {
    if (!isRecord(one)) return []
    const said = [one.annotations, one.drafts, one.predictions, annotation].flat()
    return said.flatMap(entry => {
      if (!isRecord(entry) || !Array.isArray(entry.result) || entry.result.length === 0) return []
      return { where: `${where} ${step}`, config, data: isRecord(one.data) ? one.data : {}, result: entry.result }
    })
  })
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
