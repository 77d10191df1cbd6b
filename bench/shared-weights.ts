/*
 * What do weights cost that are shared between workers, and those that are not? Starts htx-serve for each count of workers, both ways, and
 * reads its memory when all of them serve and have answered.
 * node --import tsx bench/shared-weights.ts [megabytes] [runtime, such as the path of bun]     Linux: it reads /proc
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const megabytes = Number(process.argv[2] ?? 100)
const runtime = process.argv[3] ?? process.execPath
const workerCounts = [1, 2, 4, 8]
const requests = 200
const pollMs = 20
const program = fileURLToPath(new URL('../packages/cli/dist/bin/htx-serve.js', import.meta.url))
const model = fileURLToPath(new URL('models/plain-weights.js', import.meta.url))
const body = JSON.stringify({
  tasks: [{ id: 1, data: { text: 'fine' } }],
  label_config:
    '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="Positive"/></Choices></View>',
})

interface Cost {
  /** Proportional set size of the server with all that it started. */
  readonly megabytes: number
  /** From the start of the process until every worker and the spare have the model. */
  readonly startMs: number
}

console.log(
  `htx-serve on ${runtime.split('/').at(-1)}, ${megabytes} MB of weights; PSS in MB, time to full capacity in s\n`,
)
console.log('| workers | PSS, own weights | PSS, shared | ratio | time, own weights | time, shared |')
console.log('| ------: | ---------------: | ----------: | ----: | ----------------: | -----------: |')
for (const workers of workerCounts) {
  const own = await measure(workers, false)
  const shared = await measure(workers, true)
  const cells = [
    workers,
    own.megabytes.toFixed(0),
    shared.megabytes.toFixed(0),
    (shared.megabytes / own.megabytes).toFixed(2),
    (own.startMs / 1000).toFixed(2),
    (shared.startMs / 1000).toFixed(2),
  ]
  console.log(`| ${cells.join(' | ')} |`)
}

async function measure(workers: number, isShared: boolean): Promise<Cost> {
  const modelsDir = await mkdtemp(join(tmpdir(), 'htx-bench-'))
  const settings = ['--set', `megabytes=${megabytes}`, '--set', `shared=${isShared}`]
  const flags = ['--port', '0', '--workers', String(workers), '--models-dir', modelsDir, '--log-level', 'info']
  const startedAt = performance.now()
  const server = spawn(runtime, [program, model, ...flags, ...settings, '--log-format', 'json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const url = await address(server.stdout)
    await fullCapacity(url, workers)
    const startMs = performance.now() - startedAt
    for (let request = 0; request < requests; request += 1) await ask(url)
    return { megabytes: await proportionalMegabytes(server.pid as number), startMs }
  } finally {
    server.kill('SIGTERM')
    await once(server, 'exit')
    await rm(modelsDir, { recursive: true, force: true })
  }
}

async function fullCapacity(url: string, workers: number): Promise<void> {
  for (;;) {
    const { slots } = (await (await fetch(`${url}/readyz?verbose`)).json()) as {
      slots: { serving: number; spare: number }
    }
    if (slots.serving === workers && slots.spare === 1) return
    await new Promise(resolve => setTimeout(resolve, pollMs))
  }
}

async function ask(url: string): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${url}/predict`, { method: 'POST', headers, body })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${response.status} ${text}`)
}

/** Of a process and its children: what it shares with others counts in part. */
async function proportionalMegabytes(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  let sum = Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1]) / 1024
  for (const child of children.split(' ').filter(word => word !== '')) sum += await proportionalMegabytes(Number(child))
  return sum
}

async function address(output: Readable): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const found = /http:\/\/[^"\s]+/.exec(line)?.[0]
    if (found !== undefined) {
      output.resume()
      return found
    }
  }
  throw new Error('htx-serve ended before it listened')
}
