import { spawn } from 'node:child_process'
import { writeSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { BaseModel, choices, type LoadContext, type ModelTask, type PredictContext, type TrainFn } from '@htx/core'

interface Resources {
  countsFile: string
  trainedOn: number
  previousTrainedOn: number | null
}

/** Answers with the choice that it saw most often for the first word of a text; its train function does what an item's text says. */
export default class Trainable extends BaseModel<Resources, [text: string]> {
  static override readonly inputTypes = ['Text']
  static override readonly outputTypes = ['Choices']
  static override readonly requiresTraining = true

  #choices: Record<string, string> = {}

  override async load({ countsFile }: Partial<Resources>, context: LoadContext): Promise<void> {
    if (countsFile === undefined) throw new Error('it must be trained first')
    this.#choices = JSON.parse(await readFile(countsFile, 'utf8'))
    context.log.info('loaded', { words: Object.keys(this.#choices).length })
  }

  override predict(tasks: readonly ModelTask<[text: string]>[], { binding }: PredictContext) {
    return tasks.map(({ input: [text] }) => {
      const choice = this.#choices[firstWord(text)]
      return choice === undefined ? null : { score: 0.9, result: [choices(binding, [choice])] }
    })
  }
}

export const train: TrainFn<Resources, [text: string]> = async (items, workingDir, context) => {
  const known: Record<string, string> = {}
  let trainedOn = 0
  const told = String(context.options.training ?? context.params.training ?? '')
  for await (const { input, output } of items) {
    const [choice] = (output[0]?.value.choices ?? []) as string[]
    if (choice !== undefined) known[firstWord(input[0])] = choice
    trainedOn += 1
  }
  context.progress(0.5, 'half of it', { accuracy: 0.5 })
  console.log(`trained on ${trainedOn}; the secret is ${process.env.SECRET ?? 'not here'}`)
  await obey(told, workingDir, context.signal)
  const countsFile = join(workingDir, 'counts.json')
  await writeFile(countsFile, JSON.stringify(known))
  const accuracy = Number(context.options.accuracy ?? 0.75)
  const resources = {
    countsFile,
    trainedOn,
    previousTrainedOn: context.previous?.trainedOn ?? null,
    metrics: { accuracy },
  }
  if (told === 'return a map') return { ...resources, model: { weights: new Map() } } as unknown as typeof resources
  return resources
}

async function obey(told: string, workingDir: string, signal: AbortSignal): Promise<void> {
  const [command, argument] = told.split(' ')
  if (command === 'throw') throw new Error('the loss is not a number')
  if (command === 'exit') process.exit(7)
  if (command === 'kill') process.kill(process.pid, 'SIGKILL')
  if (command === 'pause') await pause(Number(argument), undefined, { signal })
  if (command === 'spin') {
    const end = performance.now() + Number(argument)
    while (performance.now() < end);
  }
  if (command === 'ignore') {
    process.on('SIGTERM', () => console.log('SIGTERM? never'))
    for (;;) await pause(50)
  }
  if (command === 'print')
    for (let line = 0; line < Number(argument); line += 1) console.log(`line ${line} ${'x'.repeat(200)}`)
  if (command === 'fill') {
    const kept: unknown[] = []
    for (;;) kept.push(new Array(100_000).fill({ told }))
  }
  if (command === 'write') {
    for (let file = 0; ; file += 1) await writeFile(join(workingDir, `${file}.bin`), new Uint8Array(1024 * 1024))
  }
  if (command === 'escape') await writeFile(argument as string, 'out')
  if (command === 'nonsense') {
    // Where the messages go.
    for (const text of ['nonsense', '"nonsense"', '{"progress":"all of it"}', '{"log":"info"}', 'x'.repeat(1_000_000)])
      writeSync(3, `${text}\n`)
  }
  if (command === 'leave') {
    // In a group of its own, and it holds the output open.
    const left = spawn('sleep', ['3600'], { detached: true, stdio: 'inherit' })
    await writeFile(join(workingDir, 'left.txt'), String(left.pid))
    left.unref()
  }
}

function firstWord(text: string): string {
  return text.split(' ')[0] ?? ''
}
