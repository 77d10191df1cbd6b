import { type ErrorCode, isHtxError, type Rejection } from '@htx/core'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { processMetrics } from './process-metrics.ts'
import { StageHistogram } from './stage-histogram.ts'
import { type MeasuredVersion, VersionSums } from './version-sums.ts'

export interface MetricsSources {
  counts(): { readonly serving: number; readonly busy: number; readonly spare: number }
  waitingTasks(): number
  versionStates(): Iterable<string>
}

/** A request for predictions that was answered. */
export interface PredictFigures {
  readonly version: MeasuredVersion
  /** Of the request; its version may be that of all projects. */
  readonly project: string | undefined
  readonly tasks: number
  readonly answer: {
    readonly rejections: readonly Rejection[]
    readonly queueMs: number
    readonly resolveMs: number
    readonly modelMs: number
    readonly checkMs: number
  }
  readonly totalMs: number
}

/** Why a request that was admitted may get no answer, though neither its client, nor its time, nor the model is to blame. */
const dropReasons: readonly ErrorCode[] = ['HTX_WORKER_LOST', 'HTX_VERSION_UNAVAILABLE', 'HTX_DRAINING', 'HTX_INTERNAL']

const batchBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256]

/** The server's figures, all kept on the main thread; workers send theirs with their answers. */
export class ServerMetrics {
  readonly #registry = new Registry()
  readonly #requests = this.#counter('htx_requests_total', 'Requests answered', ['route', 'code'])
  readonly #rejected = this.#counter('htx_tasks_rejected_total', 'Tasks whose prediction was held back', ['reason'])
  readonly #dropped = this.#counter('htx_requests_dropped_total', 'Admitted requests that the server did not answer', [
    'reason',
  ])
  readonly #stages = new StageHistogram()
  readonly #versions = new VersionSums(this.#registry)
  readonly #batchTasks = this.#histogram('htx_batch_tasks', 'Tasks per run of a worker', batchBuckets)
  readonly #batchRequests = this.#histogram('htx_batch_requests', 'Requests that shared a run', batchBuckets)
  readonly #slotEvents = this.#counter('htx_slot_events_total', 'Worker threads opened, lost, failed to open', [
    'event',
  ])
  readonly #swaps = this.#counter('htx_version_swaps_total', 'Model versions that went live', [])
  readonly #load = new Gauge({
    name: 'htx_version_load_seconds',
    help: 'How long a version took until every slot had loaded it',
    labelNames: ['project', 'version'],
    registers: [this.#registry],
  })

  readonly #modelsDirectory = new Gauge({
    name: 'htx_models_directory_ok',
    help: '1 when the models directory could be listed the last time, else 0',
    registers: [this.#registry],
  })
  readonly #certificate = new Gauge({
    name: 'htx_tls_certificate_expiry_timestamp_seconds',
    help: 'When the certificate that serves ends; on HTTPS only',
    registers: [this.#registry],
  })

  readonly #jobs = this.#counter('htx_jobs_total', 'Trainings that ended', ['state'])
  readonly #train = this.#histogram(
    'htx_train_seconds',
    'Trainings from begin to end',
    [1, 5, 15, 60, 300, 900, 3600, 14400],
  )

  constructor(sources: MetricsSources) {
    const registers = [this.#registry]
    // Else it would say 0 on plain HTTP, and its alert would go off.
    this.#certificate.remove()
    for (const reason of dropReasons) this.#dropped.inc({ reason }, 0)
    new Gauge({
      name: 'htx_slots',
      help: 'Worker threads by what they do',
      labelNames: ['state'],
      registers,
      collect() {
        const { serving, busy, spare } = sources.counts()
        this.set({ state: 'serving' }, serving)
        this.set({ state: 'busy' }, busy)
        this.set({ state: 'spare' }, spare)
      },
    })
    new Gauge({
      name: 'htx_queue_tasks',
      help: 'Tasks that wait for a free slot',
      registers,
      collect() {
        this.set(sources.waitingTasks())
      },
    })
    new Gauge({
      name: 'htx_versions',
      help: 'Model versions by state',
      labelNames: ['state'],
      registers,
      collect() {
        this.reset()
        for (const state of sources.versionStates()) this.inc({ state })
      },
    })
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  async text(): Promise<string> {
    return `${await this.#registry.metrics()}\n${this.#stages.text()}${await processMetrics()}`
  }

  answered(route: string, code: number): void {
    this.#requests.inc({ route, code: String(code) })
  }

  /** Before its version is released: what comes later would outlive it. */
  predicted({ version, project, tasks, answer, totalMs }: PredictFigures): void {
    const { rejections, queueMs, resolveMs, modelMs, checkMs } = answer
    const seconds = {
      queue: queueMs / 1000,
      resolve: resolveMs / 1000,
      model: modelMs / 1000,
      check: checkMs / 1000,
      total: totalMs / 1000,
    }
    this.#stages.observe(seconds)
    this.#versions.add(version, project, tasks, seconds)
    for (const { reason } of rejections) this.#rejected.inc({ reason })
  }

  /** A request that was admitted got no answer. */
  failed(error: unknown): void {
    const reason = isHtxError(error) ? error.code : 'HTX_INTERNAL'
    if (dropReasons.includes(reason)) this.#dropped.inc({ reason })
  }

  ran(run: { readonly tasks: number; readonly requests: number }): void {
    this.#batchTasks.observe(run.tasks)
    this.#batchRequests.observe(run.requests)
  }

  slotEvent(event: string): void {
    this.#slotEvents.inc({ event })
  }

  jobEnded(job: {
    readonly state: string
    readonly startedAt: number | undefined
    readonly endedAt: number | undefined
  }): void {
    this.#jobs.inc({ state: job.state })
    if (job.startedAt !== undefined && job.endedAt !== undefined)
      this.#train.observe((job.endedAt - job.startedAt) / 1000)
  }

  swapped(): void {
    this.#swaps.inc()
  }

  lookedAtModels(isListed: boolean): void {
    this.#modelsDirectory.set(isListed ? 1 : 0)
  }

  versionLoaded({ project = '', modelVersion }: MeasuredVersion, loadMs: number): void {
    this.#load.set({ project, version: modelVersion }, loadMs / 1000)
  }

  /** Nobody asks it any more. */
  versionDrained(version: MeasuredVersion): void {
    const { project = '', modelVersion } = version
    this.#versions.remove(version)
    this.#load.remove({ project, version: modelVersion })
  }

  /** On HTTPS. */
  certificateServes(validTo: Date): void {
    this.#certificate.set(validTo.getTime() / 1000)
  }

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name, help, labelNames, registers: [this.#registry] })
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name, help, buckets, registers: [this.#registry] })
  }
}
