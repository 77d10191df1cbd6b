/*
 * Load from a process of its own: wrk, written in C, takes less of the machine than anything on Node would, and corrects its times for
 * requests that it could not send because it waited for an answer.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface Load {
  readonly url: string
  /** Body of each request, JSON; of several, one after the other. */
  readonly body: string | readonly string[]
  readonly connections: number
  readonly seconds: number
  /** Requests that are answered in these first seconds count for nothing, for servers that take long to fill. They come before `seconds`. */
  readonly settleSeconds?: number
  /** Pause of a connection between an answer and its next request, milliseconds: for less than full load. */
  readonly pauseMs?: number
  readonly headers?: Readonly<Record<string, string>>
}

export interface LoadFigures {
  readonly requests: number
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  /** Answers with a status of 400 and above. */
  readonly refused: number
  /** Connections that failed or broke off, and answers that did not come in time. */
  readonly errors: number
}

/** Longest time to an answer, seconds: as Label Studio waits. */
const timeoutSeconds = 100

/** Keeps all connections busy for the given time. @throws Error when wrk is not installed */
export async function runLoad(load: Load): Promise<LoadFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'htx-load-'))
  const script = join(folder, 'load.lua')
  const bodies = typeof load.body === 'string' ? [load.body] : load.body
  const bodyFiles = bodies.map((_, place) => join(folder, `${place}.json`))
  try {
    for (const [place, file] of bodyFiles.entries()) await writeFile(file, bodies[place] as string)
    await writeFile(script, luaScript(load, bodyFiles))
    const args = ['-t', '1', '-c', load.connections, '-d', `${Math.ceil(load.seconds) + (load.settleSeconds ?? 0)}s`]
    const { stdout } = await promisify(execFile)(
      'wrk',
      [...args, '--timeout', `${timeoutSeconds}s`, '-s', script, load.url].map(String),
      { maxBuffer: 2 ** 20 },
    )
    const figures = /^figures (.+)$/m.exec(stdout)?.[1]
    if (figures === undefined) throw new Error(`wrk must say its figures; it says ${stdout}`)
    return JSON.parse(figures)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new Error('the load comes from wrk, which is not on PATH; install it (apt-get install wrk)', {
        cause: error,
      })
    throw error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A load of one body is wrk's own request, which costs it nothing; of several, each is made once. Times are microseconds in Lua. */
function luaScript({ headers = {}, pauseMs, settleSeconds }: Load, bodyFiles: readonly string[]): string {
  const headerLines = Object.entries({ 'content-type': 'application/json', ...headers }).map(
    ([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
  )
  const many = `
local requests, place = {}, 0
function init()
  for index, file in ipairs(files) do requests[index] = wrk.format(nil, wrk.path, nil, read(file)) end
end
function request()
  place = place % #requests + 1
  return requests[place]
end`
  // wrk has no clock for scripts; LuaJIT calls that of the system.
  const settled = `
local ffi = require("ffi")
ffi.cdef("typedef struct { long seconds, nanoseconds; } moment; int clock_gettime(int clock, moment *now);")
local now, settledAt = ffi.new("moment"), nil
counted = 0
local function seconds()
  ffi.C.clock_gettime(1, now)
  return tonumber(now.seconds) + tonumber(now.nanoseconds) / 1e9
end
function response()
  settledAt = settledAt or startedAt + ${settleSeconds}
  if seconds() >= settledAt then counted = counted + 1 end
end
function setup(thread)
  threads[#threads + 1] = thread
  thread:set("startedAt", seconds())
end`
  return `
local threads = {}
local function read(name)
  local file = io.open(name, "rb")
  local text = file:read("*a")
  file:close()
  return text
end
local files = { ${bodyFiles.map(file => JSON.stringify(file)).join(', ')} }
wrk.method = "POST"
${headerLines.join('\n')}
${bodyFiles.length === 1 ? 'wrk.body = read(files[1])' : many}
${pauseMs === undefined ? '' : `function delay() return ${Math.max(0, Math.round(pauseMs))} end`}
${settleSeconds === undefined ? '' : settled}
function done(summary, latency)
  local requests, duration = summary.requests, summary.duration
${settleSeconds === undefined ? '' : `  requests, duration = threads[1]:get("counted"), duration - ${settleSeconds} * 1e6`}
  local errors = summary.errors
  io.write(string.format(
    'figures {"requests":%d,"requestsPerSecond":%.2f,"p50Ms":%.3f,"p95Ms":%.3f,"p99Ms":%.3f,"maxMs":%.3f,"refused":%d,"errors":%d}\\n',
    requests, requests / duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
`
}
