import { Counter, type Registry } from 'prom-client'
import { type StageSeconds, stages } from './predict-stages.ts'

/** A version that answers requests. */
export interface MeasuredVersion {
  readonly key: string
  readonly modelVersion: string
  readonly project: string | undefined
}

interface Sums extends StageSeconds {
  requests: number
  tasks: number
}

interface VersionEntry {
  readonly modelVersion: string
  readonly byProject: Map<string | undefined, Sums>
}

/** Pairs of a project and a version that have series of their own. */
const mostPairs = 300

/**
 * What projects asked of versions: plain sums, since every request comes by here. prom-client gets them when somebody looks. They go with the
 * version, so that a server that trains for months does not collect series.
 */
export class VersionSums {
  readonly #versions = new Map<string, VersionEntry>()
  /** Of the pairs that came when there were too many. */
  readonly #others = emptySums()
  #pairs = 0

  constructor(registry: Registry) {
    const registers = [registry]
    const labelNames = ['project', 'version']
    const each = (put: (labels: { project: string; version: string }, sums: Sums) => void) => this.#each(put)
    new Counter({
      name: 'htx_predict_requests_total',
      help: 'Requests for predictions that were answered',
      labelNames,
      registers,
      collect() {
        this.reset()
        each((labels, { requests }) => this.inc(labels, requests))
      },
    })
    new Counter({
      name: 'htx_predict_stage_seconds_total',
      help: 'Time of answered requests by stage, summed',
      labelNames: ['stage', ...labelNames],
      registers,
      collect() {
        this.reset()
        each((labels, sums) => {
          for (const stage of stages) this.inc({ stage, ...labels }, sums[stage])
        })
      },
    })
    new Counter({
      name: 'htx_tasks_total',
      help: 'Tasks of answered requests for predictions',
      labelNames: ['version'],
      registers,
      collect() {
        this.reset()
        each(({ version }, { tasks }) => this.inc({ version }, tasks))
      },
    })
  }

  add(version: MeasuredVersion, project: string | undefined, tasks: number, seconds: Readonly<StageSeconds>): void {
    const sums = this.#versions.get(version.key)?.byProject.get(project) ?? this.#newSums(version, project)
    sums.requests += 1
    sums.tasks += tasks
    sums.queue += seconds.queue
    sums.resolve += seconds.resolve
    sums.model += seconds.model
    sums.check += seconds.check
    sums.total += seconds.total
  }

  remove({ key }: MeasuredVersion): void {
    this.#pairs -= this.#versions.get(key)?.byProject.size ?? 0
    this.#versions.delete(key)
  }

  #newSums({ key, modelVersion }: MeasuredVersion, project: string | undefined): Sums {
    if (this.#pairs >= mostPairs) return this.#others
    const sums = emptySums()
    const entry = this.#versions.get(key) ?? { modelVersion, byProject: new Map() }
    entry.byProject.set(project, sums)
    this.#versions.set(key, entry)
    this.#pairs += 1
    return sums
  }

  #each(put: (labels: { project: string; version: string }, sums: Sums) => void): void {
    for (const { modelVersion: version, byProject } of this.#versions.values()) {
      for (const [project = '', sums] of byProject) put({ project, version }, sums)
    }
    if (this.#others.requests > 0) put({ project: 'other', version: 'other' }, this.#others)
  }
}

function emptySums(): Sums {
  return { requests: 0, tasks: 0, queue: 0, resolve: 0, model: 0, check: 0, total: 0 }
}
