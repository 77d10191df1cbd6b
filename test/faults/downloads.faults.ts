import assert from 'node:assert/strict'
import dns from 'node:dns'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import type { RequestListener, ServerResponse } from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import net, { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import tls from 'node:tls'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { openTaskData, type TaskDataOptions } from '@htx/core'
import { serveFiles } from '../../packages/core/test/task-data/serve-files.ts'
import { resultsOf, startServer } from '../support/model-server.ts'
import { isLong } from './support/served.ts'

const config = '<View><Image name="image" value="$image"/><TextArea name="text" toName="image"/></View>'
const rounds = isLong ? 20 : 2
const fileLimitBytes = 1_000_000

const zeros = Buffer.alloc(50_000_000)
/** Made before: who packs has no time for others. */
const bombs = { gzip: gzipSync(zeros), deflate: deflateSync(zeros), brotli: brotliCompressSync(zeros) }

/** How a host of files may go wrong; each names its own reason. */
const faults: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
  'says nothing': () => {},
  'stalls in its headers': response => response.socket?.write('HTTP/1.1 200 OK\r\ncontent-'),
  'stalls half-way': response => response.writeHead(200, { 'content-length': 1_000 }).write('half'),
  'drips for ever': response => drip(response, () => response.write('.')),
  'drips headers for ever': response => {
    response.socket?.write('HTTP/1.1 200 OK\r\n')
    drip(response, () => response.socket?.write('x: y\r\n'))
  },
  'gives less than it said': response => {
    response.socket?.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1000\r\n\r\nless')
  },
  'gives no length and breaks off': response => response.writeHead(200).write('begin', () => response.destroy()),
  'says more than may be': response => response.writeHead(200, { 'content-length': 1e15 }).flushHeaders(),
  'says a length that is none': response => response.socket?.end('HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nx'),
  'says two lengths': response => {
    response.socket?.end('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxy')
  },
  'says a length and chunks': response => {
    response.socket?.end('HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\nZ\r\nx')
  },
  'has no end': response => endless(response),
  'is a gzip bomb': response => bomb(response, 'gzip', bombs.gzip),
  'is a deflate bomb': response => bomb(response, 'deflate', bombs.deflate),
  'is a brotli bomb': response => bomb(response, 'br', bombs.brotli),
  'is a bomb in a bomb': response => bomb(response, 'gzip, gzip', gzipSync(bombs.gzip)),
  'sends a head without end': response => {
    response.socket?.write('HTTP/1.1 200 OK\r\n')
    for (let line = 0; line < 2_000; line += 1) response.socket?.write(`x-${line}: ${'y'.repeat(1_000)}\r\n`)
  },
  'speaks no HTTP': response => response.socket?.end('SSH-2.0-OpenSSH_9.6\r\n'),
}

function drip(response: ServerResponse, send: () => void): void {
  const timer = setInterval(send, 20)
  response.on('close', () => clearInterval(timer))
}

function endless(response: ServerResponse): void {
  const chunk = Buffer.alloc(65_536)
  const send = () => {
    while (!response.destroyed && response.write(chunk)) {}
  }
  response.on('drain', send)
  send()
}

function bomb(response: ServerResponse, encoding: string, bytes: Buffer): void {
  response.setHeader('content-encoding', encoding).end(bytes)
}

const host: RequestListener = (request, response) => {
  // One a connection: many requests come over it.
  if (response.socket?.listenerCount('error') === 0) response.socket.on('error', () => {})
  const name = decodeURIComponent(new URL(request.url ?? '', 'http://any').pathname.slice(1)).replace(/\.png$/, '')
  const fault = faults[name]
  if (fault === undefined) response.end(`content of ${name}`)
  else fault(response)
}

describe('a host of files that goes wrong, beside tasks whose files are well', () => {
  it('costs each task its own answer, and no other', { timeout: 600_000 }, async t => {
    const files = await serveFiles(host)
    const server = await startServer('file-reader.ts', {
      workers: 1,
      allowAddresses: ['127.0.0.1/32'],
      fileLimitBytes,
      cacheLimitBytes: 100 * fileLimitBytes,
      downloadTimeoutMs: 4_000,
      trainEvery: 0,
    })
    const ask = (names: readonly string[], context: object | null = null) =>
      server.post('/predict', {
        tasks: names.map((name, id) => ({ id, data: { image: `${files.url}/${encodeURIComponent(name)}.png` } })),
        project: '12.1',
        label_config: config,
        params: { context },
      })
    let isOver = false
    let right = 0
    try {
      const load = Promise.all(
        Array.from({ length: 4 }, async (_, client) => {
          for (let turn = 0; !isOver; turn += 1) {
            // A file of its own each time: what is kept would say nothing of the hosts.
            const name = `load ${client} ${turn}`
            // As of a person who waits: what is wrong is told.
            assert.match(await (await ask([name], { result: [] })).text(), new RegExp(`"content of ${name}"`))
            right += 1
          }
        }),
      )
      for (let round = 0; round < rounds; round += 1) {
        const names = Object.keys(faults)
        const mixed = names.flatMap((name, at) => [`good ${round} ${at}`, name])
        const expected = names.flatMap((_, at) => [`content of good ${round} ${at}`, undefined])
        assert.deepEqual(textsOf(await resultsOf(await ask(mixed))), expected)
      }
      // A person who waits is told what is wrong with the file.
      for (const name of Object.keys(faults)) {
        const response = await ask([name], { result: [] })
        const { code, message } = (await response.json()) as { code: string; message: string }
        assert.deepEqual([response.status, code], [502, 'HTX_TASK_DATA_UNREACHABLE'], `${name}: ${message}`)
        assert.match(message, /http:\/\/127\.0\.0\.1:/, name)
      }
      isOver = true
      await load
    } finally {
      isOver = true
      await server.close()
      await files.close()
    }
    t.diagnostic(`${rounds * Object.keys(faults).length} faults, ${right} right answers beside them`)
    assert.ok(right > 0)
  })
})

function textsOf({ results }: { readonly results: readonly unknown[] }): (string | undefined)[] {
  return results.map(each => {
    const [prediction] = [each].flat() as { result?: { value: { text: string[] } }[] }[]
    return prediction?.result?.[0]?.value.text[0]
  })
}

/** Each would lead into a network, or to this machine. */
const forbidden = [
  ...['10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '198.18.0.1', '0.0.0.0', '224.0.0.1'],
  ...['255.255.255.255', '192.0.2.1', '240.0.0.1', '2130706433', '0x7f.1', '017700000001', '127.1', '3232235777'],
  ...['[::1]', '[::]', '[fe80::1]', '[fd00::1]', '[fec0::1]', '[ff02::1]', '[2001:db8::1]', '[64:ff9b::a00:1]'],
  ...[
    '[::ffff:10.0.0.1]',
    '[::ffff:a9fe:a9fe]',
    '[::a00:1]',
    '[2002:a00:1::]',
    'localhost',
    'a.localhost',
    'LOCALHOST.',
  ],
]
/** The same in letters that a header cannot hold. */
const foreignLetters = ['１２７.0.0.1', '①⑥⑨.254.169.254', '127。0。0。1']
const withCredentials = ['user:password@10.0.0.1', 'example.com@169.254.169.254', 'example.com%2f@127.0.0.1']

type Connect = (options: { readonly host: string; readonly port: number }, ...rest: unknown[]) => unknown

/**
 * Stands between undici and the network.
 *
 * @returns where it was told to connect to; only our own servers are let through, so that a defect sends no packet elsewhere
 */
async function connectionsOf(work: () => Promise<void>): Promise<string[]> {
  const tried: string[] = []
  const guard =
    (connect: Connect): Connect =>
    (options, ...rest) => {
      tried.push(`${options.host}:${options.port}`)
      if (options.host !== '127.0.0.1') throw new Error(`a connection to ${options.host} was tried`)
      return connect(options, ...rest)
    }
  const originals = [net.connect, tls.connect] as const
  Object.assign(net, { connect: guard(net.connect as unknown as Connect) })
  Object.assign(tls, { connect: guard(tls.connect as unknown as Connect) })
  try {
    await work()
  } finally {
    Object.assign(net, { connect: originals[0] })
    Object.assign(tls, { connect: originals[1] })
  }
  return tried
}

async function withTaskData(
  options: TaskDataOptions,
  work: (resolve: (url: string) => Promise<string>) => Promise<void>,
) {
  const cacheDir = await mkdtemp(join(tmpdir(), 'htx-forbidden-'))
  try {
    await using taskData = openTaskData({ cacheDir, ...options })
    await work(url => taskData.resolve(url))
    assert.deepEqual(await readdir(cacheDir), [])
  } finally {
    await rm(cacheDir, { recursive: true })
  }
}

const refused = { code: 'HTX_TASK_DATA_REFUSED', message: /--allow-address/ }

describe('addresses that are forbidden', () => {
  it('are not connected to when a redirect leads there, at whichever step', async () => {
    let target = ''
    // Files of Label Studio: its own address may be any.
    const route = '/data/upload/1'
    const labelStudio = await serveFiles((request, response) => {
      const left = Number(request.url?.slice(route.length + 1))
      response.writeHead(302, { location: left > 0 ? `${route}/${left - 1}` : target }).end()
    })
    try {
      await withTaskData({ labelStudio: { url: labelStudio.url } }, async resolve => {
        const tried = await connectionsOf(async () => {
          for (const [at, address] of [...forbidden, ...withCredentials].entries()) {
            for (const scheme of ['http', 'https']) {
              target = `${scheme}://${address}/latest/meta-data/`
              await assert.rejects(resolve(`${route}/${at % 5}`), refused, target)
            }
          }
        })
        assert.deepEqual([...new Set(tried)], [new URL(labelStudio.url).host])
      })
    } finally {
      await labelStudio.close()
    }
  })

  it('are not connected to when they are named, however they are written', () =>
    withTaskData({}, async resolve => {
      const tried = await connectionsOf(async () => {
        for (const scheme of ['http', 'https']) {
          for (const address of [...forbidden, ...foreignLetters, '127.0.0.1'])
            await assert.rejects(resolve(`${scheme}://${address}/a.png`), refused, address)
          for (const address of withCredentials)
            await assert.rejects(resolve(`${scheme}://${address}/a.png`), { code: 'HTX_TASK_DATA_INVALID' }, address)
        }
      })
      assert.deepEqual(tried, [])
    }))

  it('are not connected to when a name server gives them out: with others, first or last, or the second time', async t => {
    const answers: Record<string, string[][]> = {
      'inside.test': [['10.0.0.1', '169.254.169.254', '::1', 'fd00::1']],
      'one-of-two.test': [['127.0.0.2', '127.0.0.1']],
      'rebinding.test': [['127.0.0.1'], ['127.0.0.2'], ['127.0.0.2']],
    }
    const asked: string[] = []
    const isOurs = await withResolver(
      hostname => {
        asked.push(hostname)
        const list = answers[hostname] ?? [[]]
        return (list.length > 1 ? list.shift() : list[0]) ?? []
      },
      async () => {
        const seen = { allowed: 0, forbidden: 0 }
        const allowed = await serveFiles((_, response) => {
          seen.allowed += 1
          response.setHeader('connection', 'close').end('ours')
        })
        const { port } = new URL(allowed.url)
        const inside = await listen('127.0.0.2', Number(port), () => {
          seen.forbidden += 1
        })
        try {
          await using taskData = openTaskData({ allowAddresses: ['127.0.0.1/32'] })
          await assert.rejects(taskData.resolve(`http://inside.test:${port}/a.png`), refused)
          await taskData.resolve(`http://one-of-two.test:${port}/a.png`)
          await taskData.resolve(`http://rebinding.test:${port}/a.png`)
          await assert.rejects(taskData.resolve(`http://rebinding.test:${port}/b.png`), refused)
          assert.deepEqual(seen, { allowed: 2, forbidden: 0 })
        } finally {
          inside.close()
          await allowed.close()
        }
      },
    )
    if (!isOurs) return t.skip('this runtime lets nobody stand in for its resolver')
    assert.ok(asked.includes('inside.test'))
  })
})

function listen(address: string, port: number, onConnection: () => void): Promise<Server> {
  const server = createServer(socket => {
    onConnection()
    socket.destroy()
  })
  return new Promise((resolve, reject) => server.once('error', reject).listen(port, address, () => resolve(server)))
}

type Found = (error: Error | null, found: unknown, family?: number) => void
type Lookup = (hostname: string, options: { readonly all?: boolean } | Found, callback?: Found) => void

/** Names are looked up in our own table for a while. @returns false where the runtime does not let that happen */
async function withResolver(answer: (hostname: string) => string[], work: () => Promise<void>): Promise<boolean> {
  const original = dns.lookup
  const own: Lookup = (hostname, options, callback) => {
    // Servers that listen ask it, too, and without options.
    if (callback === undefined || typeof options === 'function' || options.all !== true)
      return (original as unknown as Lookup)(hostname, options, callback)
    const found = answer(hostname).map(address => ({ address, family: address.includes(':') ? 6 : 4 }))
    queueMicrotask(() => callback(null, found))
  }
  Object.assign(dns, { lookup: own })
  syncBuiltinESMExports()
  try {
    const { lookup } = await import('node:dns')
    if ((lookup as unknown) !== own) return false
    await work()
    return true
  } finally {
    Object.assign(dns, { lookup: original })
    syncBuiltinESMExports()
  }
}
