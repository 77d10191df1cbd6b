import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ModelStore } from '@htx/core'
import { openState } from '../../../packages/server/src/state/open-state.ts'
import { eventually } from '../../support/model-server.ts'
import { type Program, spawnProgram } from '../../support/spawn-program.ts'
import { type JobView, jobOf } from '../../support/training.ts'
import { type Choice, Ledger } from './ledger.ts'
import { trainersOf } from './trainers.ts'
import { openWriters } from './writers.ts'

const model = fileURLToPath(new URL('quick.mjs', import.meta.url))

/** Clients that ask at a time. */
const clients = 4
/** Kills of a server on one directory; then all must be in order, and another one begins with an empty directory. */
const mostKills = 16

/** What came of it. */
export interface KillTally {
  /** Of servers that answered, of servers that had not come so far, and of training processes. */
  readonly kills: { serving: number; starting: number; trainings: number }
  acknowledged: number
  unanswered: number
  annotations: number
  readonly jobs: Record<'succeeded' | 'lost' | 'killed', number>
  versions: number
}

export function newTally(): KillTally {
  return {
    kills: { serving: 0, starting: 0, trainings: 0 },
    acknowledged: 0,
    unanswered: 0,
    annotations: 0,
    jobs: { succeeded: 0, lost: 0, killed: 0 },
    versions: 0,
  }
}

export function killsOf({ kills: { serving, starting, trainings } }: KillTally): number {
  return serving + starting + trainings
}

/** Kills a server again and again, until it has been killed `mostKills` times, and compares what it has with what it said. @throws AssertionError */
export async function killOften(random: () => number, tally: KillTally): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'htx-kill-'))
  const victim = new Victim(directory, random, tally)
  try {
    await victim.run(killsOf(tally) + mostKills)
  } finally {
    await victim.end()
    await rm(directory, { recursive: true, force: true })
  }
}

class Victim {
  readonly #directory: string
  readonly #modelsDir: string
  readonly #random: () => number
  readonly #tally: KillTally
  readonly #ledger = new Ledger()
  readonly #writers
  /** Jobs whose process was killed. */
  readonly #killedJobs = new Set<string>()
  readonly #verified = new Set<string>()
  #program: Program | undefined
  #url = ''
  /** How long a start takes, milliseconds. */
  #startMs = 1_500

  constructor(directory: string, random: () => number, tally: KillTally) {
    this.#directory = directory
    this.#modelsDir = join(directory, 'models')
    this.#random = random
    this.#tally = tally
    this.#writers = openWriters({ url: () => this.#url, ledger: this.#ledger, random })
  }

  async run(until: number): Promise<void> {
    const { kills } = this.#tally
    while (killsOf(this.#tally) < until) {
      if (this.#random() < 0.5) {
        await this.#killWithinStart()
        kills.starting += 1
        continue
      }
      await this.#start()
      await this.#compare()
      if (this.#random() < 0.35 && (await this.#killTraining())) kills.trainings += 1
      await this.#killWithinWork()
      kills.serving += 1
    }
    await this.#age()
    await this.#start()
    await this.#compare()
    await this.#settle()
  }

  async end(): Promise<void> {
    await this.#program?.stop('SIGKILL')
    for (const { pid } of await trainersOf(this.#modelsDir)) process.kill(pid, 'SIGKILL')
  }

  async #spawn(): Promise<Program> {
    // What is left of servers that were killed shows here.
    const temporary = join(this.#directory, 'tmp')
    await mkdir(temporary, { recursive: true })
    const flags = [
      '--workers',
      '1',
      '--port',
      '0',
      '--host',
      '127.0.0.1',
      '--keep-versions',
      '1000',
      '--scan-interval',
      '1',
    ]
    const files = ['--models-dir', this.#modelsDir, '--log-level', 'warn']
    this.#program = spawnProgram('htx-serve', [model, ...flags, ...files], this.#directory, { TMPDIR: temporary })
    return this.#program
  }

  /** What servers left a minute ago may still be another's. */
  async #age(): Promise<void> {
    const temporary = join(this.#directory, 'tmp')
    for (const name of await readdir(temporary)) await utimes(join(temporary, name), 0, 0)
  }

  async #start(): Promise<void> {
    const startedAt = performance.now()
    const [, url = ''] = await (await this.#spawn()).says(/listening\s+(\S+)\n/)
    this.#startMs = performance.now() - startedAt
    this.#url = url
    // On a machine that is busy the state file may take longer to open than the rest.
    await eventually(
      async () => (await fetch(`${url}/api/jobs`)).status,
      status => status === 200,
      60_000,
    )
  }

  /** At any moment of a start; half of the times in the moments after the state file is there. */
  async #killWithinStart(): Promise<void> {
    const isNew = !existsSync(join(this.#modelsDir, 'htx.sqlite'))
    const program = await this.#spawn()
    if (isNew && this.#random() < 0.7) {
      while (!existsSync(join(this.#modelsDir, 'htx.sqlite'))) await pause(1)
      await pause(this.#random() * 80)
    } else await pause(this.#random() * this.#startMs * 1.1)
    assert.equal(await program.stop('SIGKILL'), 'SIGKILL', program.output())
  }

  /** After some answers, and a moment more. */
  async #killWithinWork(): Promise<void> {
    const answers = Math.floor(this.#random() * 25)
    const momentMs = this.#random() * 30
    let left = answers
    let isKilled = false
    const asking: Promise<void>[] = []
    const enough = new Promise<void>(resolve => {
      const ask = async () => {
        while (!isKilled) {
          if (left <= 0) resolve()
          const isAnswered = await this.#writers.change()
          if (isAnswered) this.#tally.acknowledged += 1
          else this.#tally.unanswered += 1
          left -= 1
        }
      }
      asking.push(...Array.from({ length: clients }, ask))
    })
    try {
      await Promise.race([enough, Promise.all(asking)])
      await pause(momentMs)
    } finally {
      isKilled = true
    }
    assert.equal(await this.#program?.stop('SIGKILL'), 'SIGKILL', this.#program?.output())
    await Promise.all(asking)
  }

  /** @returns false when none runs */
  async #killTraining(): Promise<boolean> {
    const [trainer] = await trainersOf(this.#modelsDir)
    if (trainer === undefined) return false
    const jobs = await this.#inState(state => state.jobs.inState('running'))
    try {
      process.kill(trainer.pid, 'SIGKILL')
    } catch {
      return false
    }
    for (const { id } of jobs) this.#killedJobs.add(id)
    return true
  }

  /** A server that has just come back has all that was acknowledged, and nothing that is half. */
  async #compare(): Promise<void> {
    const output = this.#program?.output() ?? ''
    assert.doesNotMatch(output, /nothing can be trained or remembered now|cannot be looked at|HTX_INTERNAL/)
    for (const { pid, parent } of await trainersOf(this.#modelsDir))
      assert.equal(parent, this.#program?.pid, `training process ${pid} is left from a server before`)
    await this.#compareAnnotations()
    for (const id of this.#writers.jobs) await this.#job(id)
    await this.#verifyVersions()
  }

  async #compareAnnotations(): Promise<void> {
    await this.#inState(async state => {
      for (const project of this.#ledger.projects) {
        const found = new Map<string, Choice>()
        for await (const { annotation } of state.items.list(project)) {
          const [region] = annotation.result as { value: { choices: [Choice] } }[]
          found.set(String(annotation.id), region?.value.choices[0])
        }
        this.#ledger.compare(project, found)
      }
    })
  }

  async #inState<T>(look: (state: Awaited<ReturnType<typeof openState>>) => Promise<T>): Promise<T> {
    const state = await openState(join(this.#modelsDir, 'htx.sqlite'))
    try {
      return await look(state)
    } finally {
      await state.close()
    }
  }

  /** A job that is over is so in order, and its version is there. */
  async #job(id: string): Promise<JobView> {
    const job = await jobOf({ url: this.#url }, id)
    assert.equal(job.id, id, `the job ${id} is lost: ${JSON.stringify(job)}`)
    if (job.state === 'succeeded') {
      const versions = await (await ModelStore.open(this.#modelsDir)).versions(job.project)
      assert.ok(job.version !== null && versions.includes(job.version), `job ${id} succeeded without a version`)
    }
    if (job.state === 'failed') {
      const allowed = this.#killedJobs.has(id) ? /HTX_JOB_LOST|was ended by SIGKILL/ : /HTX_JOB_LOST/
      assert.match(`${job.error?.code} ${job.error?.message}`, allowed)
    }
    assert.notEqual(job.state, 'cancelled')
    return job
  }

  /** Its log has an end when it has one: nothing need be asked again and again, which would cost the time of kills. */
  async #untilOver(id: string): Promise<JobView> {
    await (await fetch(`${this.#url}/api/jobs/${id}/log?follow`)).text()
    return this.#job(id)
  }

  async #verifyVersions(): Promise<void> {
    const store = await ModelStore.open(this.#modelsDir)
    for (const [project, names] of (await store.list()) ?? []) {
      const visible = (await readdir(join(this.#modelsDir, project))).filter(name => !name.startsWith('.'))
      assert.deepEqual(visible.sort(), [...names].sort(), `half a version of project ${project}`)
      for (const name of names) {
        if (this.#verified.has(`${project}/${name}`)) continue
        await store.verify(await store.read(project, name), { hash: true })
        this.#verified.add(`${project}/${name}`)
      }
    }
  }

  /** All jobs end, a project can be trained on just what was acknowledged, and nothing is left lying about. */
  async #settle(): Promise<void> {
    for (const id of this.#writers.jobs) {
      await this.#untilOver(id)
      const { state, error } = await this.#job(id)
      if (state === 'succeeded') this.#tally.jobs.succeeded += 1
      else if (error?.code === 'HTX_JOB_LOST') this.#tally.jobs.lost += 1
      else this.#tally.jobs.killed += 1
    }
    const projects = this.#ledger.projects.filter(project => this.#ledger.count(project) > 0)
    for (const project of projects) this.#tally.annotations += this.#ledger.count(project)
    const project = projects[Math.floor(this.#random() * projects.length)]
    if (project !== undefined) {
      const body = JSON.stringify({ project, params: { training: '' } })
      const asked = await fetch(`${this.#url}/api/jobs`, { method: 'POST', body })
      const over = await this.#untilOver(((await asked.json()) as JobView).id)
      assert.equal(over.state, 'succeeded', JSON.stringify(over))
      assert.equal(over.itemCount, this.#ledger.count(project), `project ${project}`)
    }
    await this.#verifyVersions()
    this.#tally.versions += this.#verified.size
    assert.equal(await this.#program?.stop('SIGTERM'), 0, this.#program?.output())
    const files = await readdir(this.#modelsDir, { recursive: true })
    const leftovers = files.filter(path => /(^|\/)\.(staging|deleted)-|^\.jobs\/[^/]+(?<!\.log)$/.test(path))
    assert.deepEqual(leftovers, [], 'directories of trainings that are over')
    assert.deepEqual(
      (await readdir(join(this.#directory, 'tmp'))).filter(name => name.startsWith('htx-')),
      [],
    )
    assert.deepEqual(await trainersOf(this.#modelsDir), [])
  }
}
