/*
 * Does a swap of versions cost a request? Starts htx-serve, keeps it under load, publishes versions one after the other.
 * node --import tsx bench/swaps.ts [swaps] [runtime, such as the path of bun]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { ModelStore } from '@htx/core'

const swaps = Number(process.argv[2] ?? 50)
const runtime = process.argv[3] ?? process.execPath
const connections = 16
const fewestRequests = 20_000
const loadMs = 20
const root = new URL('..', import.meta.url)
const body = JSON.stringify({
  tasks: [{ id: 1, data: { text: 'fine' } }],
  project: '1.1',
  label_config:
    '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="Positive"/></Choices></View>',
})

const modelsDir = await mkdtemp(join(tmpdir(), 'htx-bench-'))
const program = fileURLToPath(new URL('packages/cli/dist/bin/htx-serve.js', root))
const model = fileURLToPath(new URL('test/models/scripted.ts', root))
const flags = [
  '--port',
  '0',
  '--workers',
  '2',
  '--models-dir',
  modelsDir,
  '--log-level',
  'warn',
  '--log-format',
  'json',
]
const server = spawn(runtime, [program, model, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
const durations: number[] = []
const failures: string[] = []
let serving = ''

try {
  const url = await address()
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  let done = false
  const clients = Array.from({ length: connections }, async () => {
    while (!done || durations.length < fewestRequests) await ask(url, agent)
  })
  const store = await ModelStore.open(modelsDir)
  const toServing: number[] = []
  for (let swap = 0; swap < swaps; swap += 1) toServing.push(await publishAndWait(store))
  done = true
  await Promise.all(clients)
  agent.destroy()
  const name = runtime.split('/').at(-1)
  console.log(
    `${name}: ${swaps} swaps, ${durations.length} requests, ${failures.length} failed ${[...new Set(failures)].join('; ')}`,
  )
  console.log(
    `answer, ms:            p50 ${share(durations, 0.5)}, p99 ${share(durations, 0.99)}, max ${share(durations, 1)}`,
  )
  console.log(
    `rename to serving, ms: p50 ${share(toServing, 0.5)}, max ${share(toServing, 1)} (${loadMs} ms of load in each thread)`,
  )
} finally {
  server.kill('SIGTERM')
  await once(server, 'exit')
  await rm(modelsDir, { recursive: true, force: true })
}

/** @returns milliseconds from the rename to the first answer of the new version */
async function publishAndWait(store: ModelStore): Promise<number> {
  const staged = await store.stage('default')
  const { version } = await store.publish(staged, { resources: { score: 0.5, loadMs } })
  const renamedAt = performance.now()
  while (serving !== version) {
    if (performance.now() - renamedAt > 20_000) throw new Error(`version ${version} did not go live`)
    await new Promise(resolve => setImmediate(resolve))
  }
  return performance.now() - renamedAt
}

function ask(url: string, agent: Agent): Promise<void> {
  const startedAt = performance.now()
  const options = { method: 'POST', agent, headers: { 'content-type': 'application/json' } }
  return new Promise(resolve => {
    const call = request(`${url}/predict`, options, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        check(response.statusCode, Buffer.concat(chunks).toString())
        durations.push(performance.now() - startedAt)
        resolve()
      })
    })
    call.on('error', error => {
      failures.push(error.message)
      resolve()
    })
    call.end(body)
  })
}

function check(status: number | undefined, text: string): void {
  if (status !== 200) {
    failures.push(`${status} ${text}`)
    return
  }
  const answer: { results: { result?: unknown[] }[]; model_version: string } = JSON.parse(text)
  serving = answer.model_version
  if (answer.results[0]?.result?.length !== 1) failures.push(`wrong answer ${text}`)
}

async function address(): Promise<string> {
  for await (const line of createInterface({ input: server.stdout })) {
    const found = /listening\s+(http:\S+)/.exec(line)?.[1]
    if (found !== undefined) {
      server.stdout.resume()
      return found
    }
  }
  throw new Error('htx-serve ended before it listened')
}

function share(values: readonly number[], part: number): string {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN).toFixed(1)
}
