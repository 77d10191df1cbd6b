import type { Rejection } from '@htx/core'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export interface MetricsSources {
  counts(): { readonly serving: number; readonly busy: number; readonly spare: number }
  waitingTasks(): number
  versionStates(): Iterable<string>
}

const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 90]

/** The server's figures, all kept on the main thread; workers send theirs with their answers. */
export class ServerMetrics {
  readonly #registry = new Registry()
  readonly #requests = this.#counter('htx_requests_total', 'Requests answered', ['route', 'code'])
  readonly #tasks = this.#counter('htx_tasks_total', 'Tasks asked for in /predict', ['version'])
  readonly #rejected = this.#counter('htx_tasks_rejected_total', 'Tasks whose prediction was held back', ['reason'])
  readonly #predict = this.#histogram('htx_predict_seconds', '/predict from body to answer', secondsBuckets)
  readonly #queue = this.#histogram('htx_queue_seconds', 'Longest wait of a request for a free slot', secondsBuckets)
  readonly #model = this.#histogram('htx_model_seconds', 'Time in the model per run of a worker', secondsBuckets)
  readonly #batch = this.#histogram('htx_batch_tasks', 'Tasks per run of a worker', [1, 2, 4, 8, 16, 32, 64, 128, 256])
  readonly #slotEvents = this.#counter('htx_slot_events_total', 'Worker threads opened, lost, failed to open', [
    'event',
  ])
  readonly #swaps = this.#counter('htx_version_swaps_total', 'Model versions that went live', [])

  readonly #jobs = this.#counter('htx_jobs_total', 'Trainings that ended', ['state'])
  readonly #train = this.#histogram(
    'htx_train_seconds',
    'Trainings from begin to end',
    [1, 5, 15, 60, 300, 900, 3600, 14400],
  )

  constructor(sources: MetricsSources) {
    const registers = [this.#registry]
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

  text(): Promise<string> {
    return this.#registry.metrics()
  }

  answered(route: string, code: number): void {
    this.#requests.inc({ route, code: String(code) })
  }

  predicted(
    version: string,
    tasks: number,
    answer: { readonly rejections: readonly Rejection[]; readonly queueMs: number },
  ): void {
    this.#tasks.inc({ version }, tasks)
    this.#queue.observe(answer.queueMs / 1000)
    for (const { reason } of answer.rejections) this.#rejected.inc({ reason })
  }

  predictSeconds(seconds: number): void {
    this.#predict.observe(seconds)
  }

  ran(run: { readonly tasks: number; readonly modelMs: number }): void {
    this.#batch.observe(run.tasks)
    this.#model.observe(run.modelMs / 1000)
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

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name, help, labelNames, registers: [this.#registry] })
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name, help, buckets, registers: [this.#registry] })
  }
}
