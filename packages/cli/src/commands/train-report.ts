import { messageOf } from '@htx/core'
import type { TrainedModel } from '@htx/server'
import { openBar } from '../progress-bar.ts'

/** Tells a person, or a program, how a training goes. */
export interface TrainReport {
  progress(progress: Progress): void
  /** A line that the training printed. */
  line(text: string): void
  say(words: string): void
  done(trained: TrainedModel): void
  failed(error: unknown): void
}

interface Progress {
  readonly fraction: number
  readonly message: string | undefined
  readonly metrics: Readonly<Record<string, number>> | undefined
}

/** `--json`: one object a line on standard output. Else words; on a terminal with a bar, which also says when it will be over. */
export function openReport({ json, project }: { readonly json: boolean; readonly project: string }): TrainReport {
  if (json) return jsonReport(project)
  return process.stderr.isTTY ? barReport() : plainReport()
}

function jsonReport(project: string): TrainReport {
  const write = (event: string, fields: object = {}) =>
    process.stdout.write(`${JSON.stringify({ event, time: new Date().toISOString(), project, ...fields })}\n`)
  return {
    progress: ({ fraction, message, metrics }) => write('progress', { fraction, message, metrics }),
    line: line => write('log', { line }),
    say: message => write('message', { message }),
    done: trained => write('trained', summary(trained)),
    failed: error => write('failed', { code: (error as { code?: unknown }).code, message: messageOf(error) }),
  }
}

/** A line when something new is said, and each tenth of the way. */
function plainReport(): TrainReport {
  let before = ''
  return {
    progress({ fraction, message = '' }) {
      const tenth = `${Math.floor(fraction * 10) * 10} %`
      if (before === `${tenth} ${message}`) return
      before = `${tenth} ${message}`
      process.stderr.write(`${before}\n`)
    },
    line: text => void process.stderr.write(`  ${text}\n`),
    say: words => void process.stderr.write(`${words}\n`),
    done: trained => void process.stdout.write(words(trained)),
    failed() {},
  }
}

function barReport(): TrainReport {
  const bar = openBar('{bar} {percentage} % | {eta_formatted} left | {message}')
  return {
    progress: ({ fraction, message = '' }) => bar.update(Math.round(fraction * 1000), 1000, { message }),
    line: text => bar.above(`  ${text}`),
    say: bar.above,
    done(trained) {
      bar.off()
      process.stdout.write(words(trained))
    },
    failed: bar.off,
  }
}

function summary({ version, job, itemCount, skipped }: TrainedModel): object {
  const { project, version: name, directory, manifest } = version
  return { version: name, project, directory, job, itemCount, skipped, metrics: manifest.metrics, held: manifest.held }
}

function words({ version, itemCount, skipped }: TrainedModel): string {
  const { metrics, held } = version.manifest
  const figures = Object.entries(metrics ?? {}).map(([name, value]) => `${name} ${value}`)
  const left = Object.entries(skipped).map(([reason, count]) => `${count} (${reason})`)
  return [
    `version ${version.version} of project ${version.project}, trained on ${itemCount} items`,
    ...(left.length === 0 ? [] : [`  left out  ${left.join(', ')}`]),
    ...(figures.length === 0 ? [] : [`  metrics   ${figures.join(', ')}`]),
    ...(held === undefined ? [] : [`  held back ${held}`]),
    `  lies in   ${version.directory}`,
    '',
  ].join('\n')
}
