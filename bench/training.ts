/*
 * What does a training cost those who wait? p99 of /webhook, /setup and /predict while a train function eats a core, against the same
 * server at rest; and the memory of a training on a thousand, ten thousand and a hundred thousand items.
 * Run: npm run build && node --import tsx bench/training.ts
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { labelConfig } from '../test/support/model-server.ts'
import { spawnProgram } from '../test/support/spawn-program.ts'
import { annotatedTask, annotationEvent, jobOf, untilJob, untilOver } from '../test/support/training.ts'

const rounds = 500
const trainable = fileURLToPath(new URL('../test/models/trainable.ts', import.meta.url))
const directory = await mkdtemp(join(tmpdir(), 'htx-bench-'))
const program = spawnProgram(
  'htx-serve',
  [trainable, '--workers', '1', '--port', '0', '--body-limit', '256', '--log-level', 'error'],
  directory,
)
const [, url = ''] = await program.says(/listening\s+(\S+)\n/)
const post = (path: string, body: unknown) => fetch(url + path, { method: 'POST', body: JSON.stringify(body) })
const train = async (count: number, training: string) => {
  const annotations = Array.from({ length: count }, (_, id) => annotatedTask(id, `w${id % 1000} film`, 'Positive'))
  const response = await post('/train', { annotations, project: '12', label_config: labelConfig, params: { training } })
  return ((await response.json()) as { job: string }).job
}

try {
  await untilOver({ url }, await train(2, ''))
  const rest = await measure()
  const job = await train(2, 'spin 600000')
  await untilJob({ url }, job, ({ message }) => message === 'half of it')
  const busy = await measure()
  const { state } = await jobOf({ url }, job)
  await post(`/api/jobs/${job}/cancel`, {})
  console.log(`p99 in milliseconds of ${rounds} requests, one after the other; the training is ${state}`)
  for (const route of ['/webhook', '/setup', '/predict'] as const) {
    const [quiet, loud] = [rest[route], busy[route]]
    console.log(
      `${route.padEnd(9)} at rest ${quiet.toFixed(1).padStart(6)}   while training ${loud.toFixed(1).padStart(6)}   ratio ${(loud / quiet).toFixed(2)}`,
    )
  }

  for (const items of [1_000, 10_000, 100_000]) {
    let peak = 0
    const large = await train(items, '')
    let now = await jobOf({ url }, large)
    while (now.state === 'queued' || now.state === 'running') {
      peak = Math.max(peak, await memoryOf(large))
      now = await jobOf({ url }, large)
    }
    console.log(
      `${String(now.itemCount).padStart(6)} items, ${now.state}: peak resident memory of the training ${peak} MiB`,
    )
  }
} finally {
  await program.stop('SIGKILL')
  await rm(directory, { recursive: true, force: true })
}

async function measure(): Promise<Record<'/webhook' | '/setup' | '/predict', number>> {
  const times = { '/webhook': [] as number[], '/setup': [] as number[], '/predict': [] as number[] }
  for (let n = 0; n < rounds; n += 1) {
    const event = annotationEvent('ANNOTATION_CREATED', {
      task: n,
      annotation: 10_000 + n,
      text: `w${n} x`,
      choice: 'Positive',
      updatedAt: new Date().toISOString(),
    })
    times['/webhook'].push(
      await time(() => post('/webhook', { ...event, project: { id: 13, label_config: labelConfig } })),
    )
    times['/setup'].push(await time(() => post('/setup', { project: '12.1', schema: labelConfig })))
    times['/predict'].push(
      await time(() =>
        post('/predict', { tasks: [{ data: { text: 'w1 x' } }], project: '12.1', label_config: labelConfig }),
      ),
    )
  }
  const p99 = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0
  return { '/webhook': p99(times['/webhook']), '/setup': p99(times['/setup']), '/predict': p99(times['/predict']) }
}

async function time(ask: () => Promise<Response>): Promise<number> {
  const startedAt = performance.now()
  const response = await ask()
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`${response.status}`)
  return performance.now() - startedAt
}

/** Resident memory of the processes whose command line holds a text, MiB. */
async function memoryOf(text: string): Promise<number> {
  let kilobytes = 0
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (!line.includes(text)) continue
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    kilobytes += Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0)
  }
  return Math.round(kilobytes / 1024)
}
