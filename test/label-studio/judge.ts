import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { labelStudioEnvironment, withoutLabelStudio } from './support/environments.ts'

const version = '1.23.2'

/** For `skip`: false, or why the judge cannot be asked here. */
export function withoutJudge(): string | false {
  return withoutLabelStudio(version)
}

/** A label config of Label Studio's package. */
export interface Template {
  /** Relative to the package `label_studio`. */
  readonly path: string
  readonly config: string
}

export interface Verdict {
  /** Classes of the SDK by control; `ControlTag` is what it takes for a tag that it does not know. */
  readonly controls: Readonly<Record<string, string>>
  /** For each prediction what the SDK finds; empty when it accepts it. */
  readonly errors: readonly (readonly string[])[]
}

/** `LabelInterface.validate_prediction` of Label Studio's own SDK, in a Python process of its own. */
export interface Judge extends AsyncDisposable {
  templates(): Promise<Template[]>
  /** @returns a text when the SDK cannot parse the config: why */
  judge(config: string, predictions: readonly unknown[]): Promise<Verdict | string>
}

/** Starts the process; the environment must be there, see `withoutJudge`. */
export function openJudge(): Judge {
  const script = fileURLToPath(new URL('judge.py', import.meta.url))
  const python = join(labelStudioEnvironment(version) ?? '', 'bin', 'python')
  const child: ChildProcess = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const { stdin, stdout } = child
  if (stdin === null || stdout === null) throw new Error('the judge has no stdin or stdout')
  const ended = once(child, 'close')
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]()

  /** One at a time: answers come in the order of the requests. */
  async function ask(request: object): Promise<Record<string, unknown>> {
    stdin?.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await lines.next()
    if (done) throw new Error('the judge ended before it answered; what it printed stands above')
    return JSON.parse(value)
  }

  return {
    async templates() {
      return (await ask({ ask: 'templates' })).templates as Template[]
    },
    async judge(config, predictions) {
      const answer = await ask({ ask: 'judge', config, predictions })
      return typeof answer.unreadable === 'string' ? answer.unreadable : (answer as unknown as Verdict)
    },
    async [Symbol.asyncDispose]() {
      stdin.end()
      await ended
    },
  }
}
