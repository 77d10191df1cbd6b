import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import { collectGarbage, isHtxError, parseLabelConfig, readExport } from '@htx/core'
import fc from 'fast-check'
import { decodeBody } from '../../packages/core/src/task-data/decode-body.ts'
import { readAnnotatedTask } from '../../packages/core/src/training/annotated-task.ts'
import type { TrainMessage } from '../../packages/server/src/jobs/messages.ts'
import { readMessages } from '../../packages/server/src/jobs/read-messages.ts'
import { holds } from './support/holds.ts'
import { anyText, changeText, jsonText, listText, objectText, textChanges, textOf } from './support/json-texts.ts'
import { bytesChange, valueChange, writeOddBytes, writeOddJson } from './support/odd-bodies.ts'
import { hugeValues } from './support/odd-values.ts'

const exports = new URL('../../packages/core/test/training/exports/', import.meta.url)
const labelConfig = parseLabelConfig(readFileSync(new URL('label-config.xml', exports), 'utf8'))
const texts = ['many.json', 'many.json-min', 'many.csv', 'many.tsv'].map(name =>
  readFileSync(new URL(name, exports), 'utf8'),
)
const mebibyte = 1024 * 1024

/** The pieces in which a file may come. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 })

describe('exports that no Label Studio wrote', () => {
  it('are read or refused, however they are cut', test =>
    holds(
      test,
      fc.asyncProperty(
        fc.constantFrom(...texts),
        fc.array(
          textChanges(
            fc.oneof(fc.constantFrom('"', ',', '\t', '\n', '[', ']', '{', '}', 'NaN', '"__proto__":', '"[{'), anyText),
          ),
          {
            maxLength: 4,
          },
        ),
        bytesChange,
        cuts,
        async (text, changes, bytes, places) => {
          await readAll(cutUp(writeOddBytes(changes.reduce(changeText, text), bytes), places))
        },
      ),
      { short: 1_500, long: 30_000 },
    ))

  it('say what JSON.parse would say', test =>
    holds(
      test,
      fc.asyncProperty(
        fc
          .array(
            fc.tuple(textOf(anyText), jsonText).chain(member => objectText([['"data"', '{"text":"a"}'], member])),
            { minLength: 1, maxLength: 4 },
          )
          .chain(listText),
        cuts,
        async (text, places) => {
          // Its parser drops a byte order mark at the head of a text.
          if (/\ufeff|\\ufeff/i.test(text)) return
          const bytes = Buffer.from(text)
          const expected = JSON.parse(bytes.toString()) as Record<string, unknown>[]
          const found = await readAll(cutUp(bytes, places))
          // It refuses keys that would become a prototype, and numbers and texts that its parser knows no way to hold.
          if (found === undefined) return
          const own = expected.filter(task => typeof task.data === 'object')
          if (own.length === expected.length) assert.deepEqual(found, expected)
        },
      ),
      { short: 1_500, long: 30_000 },
    ))

  it('are read or refused when they are too much', { timeout: 10 * 60_000 }, async () => {
    for (const [name, json] of Object.entries(hugeValues)) {
      for (const text of [
        `[{"id":1,"data":{"a":${json()}}}]`,
        `{"id":1,"data":{},"annotations":[{"id":1,"result":${json()}}]}`,
        json(),
        `id,annotation_id,text\n1,2,"${json().replaceAll('"', '""')}"\n`,
      ]) {
        const read = await readAll(cutUp(Buffer.from(text), [0.5])).catch(error => assert.fail(`${name}: ${error}`))
        for (const task of read ?? []) readAnnotatedTask(task)
      }
    }
  })

  it('make tasks, or a reason why not', test =>
    holds(
      test,
      fc.property(fc.array(valueChange, { maxLength: 4 }), changes => {
        const json = writeOddJson(annotated, changes)
        let value: unknown
        try {
          value = JSON.parse(json)
        } catch {
          return
        }
        const read = readAnnotatedTask(value)
        if (typeof read !== 'string')
          for (const { updatedAt } of read.annotations) assert.ok(Number.isFinite(updatedAt))
      }),
      { short: 3_000, long: 50_000 },
    ))
})

describe('what a training process writes', () => {
  it('is heard where it is a message, and else passed over', test =>
    holds(
      test,
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            jsonText,
            anyText,
            fc.constantFrom(
              '{"progress":0.5}',
              '{"progress":2}',
              '{"log":"info","message":"m"}',
              '{"__proto__":{"progress":1}}',
            ),
          ),
          {
            maxLength: 8,
          },
        ),
        cuts,
        async (lines, places) => {
          const heard = await hear(cutUp(Buffer.from(`${lines.join('\n')}\n{"progress":1}\n`), places))
          assert.deepEqual(heard.at(-1), { progress: 1 })
          for (const message of heard) {
            if ('progress' in message) assert.ok(message.progress >= 0 && message.progress <= 1)
            else assert.equal(typeof message.message, 'string')
          }
        },
      ),
      { short: 2_000, long: 30_000 },
    ))

  it('takes no more memory than a line', async () => {
    const part = Buffer.alloc(mebibyte, 'x')
    const before = rss()
    const heard = await hear([...Array.from({ length: 300 }, () => part), Buffer.from('\n{"progress":1}\n')])
    assert.deepEqual(heard, [{ progress: 1 }])
    const grown = rss() - before
    assert.ok(grown < 250, `300 MiB without a line feed left ${grown} MiB`)
    for (const [name, json] of Object.entries(hugeValues)) {
      const lines = [`{"progress":0,"metrics":${json()}}`, `{"progress":0,"message":${json()}}`, '{"progress":1}', '']
      assert.deepEqual((await hear([Buffer.from(lines.join('\n'))])).at(-1), { progress: 1 }, name)
    }
  })
})

describe('bodies of downloads that say they are compressed', () => {
  it('are undone, or break', test =>
    holds(
      test,
      fc.asyncProperty(
        fc.constantFrom('gzip', 'x-gzip', 'deflate', 'br', 'identity', 'snappy', '__proto__', 'constructor'),
        fc.uint8Array({ maxLength: 2_000 }),
        fc.constantFrom('right', 'raw', 'cut', 'changed', 'followed by more'),
        fc.double({ min: 0, max: 1, noNaN: true }),
        cuts,
        async (encoding, bytes, how, at, places) => {
          const whole =
            encoding === 'deflate'
              ? deflateSync(bytes)
              : encoding.includes('gzip')
                ? gzipSync(bytes)
                : Buffer.from(bytes)
          const place = Math.floor(at * Math.max(0, whole.length - 1))
          const changed = Buffer.from(whole)
          if (changed.length > 0) changed[place] = (changed[place] as number) ^ 0xff
          const given = {
            right: whole,
            raw: Buffer.from(bytes),
            cut: whole.subarray(0, place),
            changed,
            'followed by more': Buffer.concat([whole, whole]),
          }[how]
          const out = await inflate(cutUp(given, places), encoding)
          if (how === 'right' && encoding !== 'br' && out !== undefined) assert.deepEqual(out, Buffer.from(bytes))
        },
      ),
      { short: 1_000, long: 20_000 },
    ))

  it('give no more than is taken of them', async () => {
    // A gigabyte of zeros in a megabyte.
    const layer = gzipSync(Buffer.alloc(64 * mebibyte))
    const bomb = Buffer.concat(Array.from({ length: 16 }, () => layer))
    let taken = 0
    for await (const chunk of decodeBody(Readable.from([bomb]), 'gzip', new URL('http://127.0.0.1/bomb'))) {
      taken += chunk.length
      if (taken > mebibyte) break
    }
    assert.ok(taken < 2 * mebibyte)
  })
})

const annotated = {
  id: 1,
  data: { text: 'a', more: { list: [1, 2] } },
  meta: {},
  updated_at: '2026-11-25T10:00:00.123456Z',
  annotations: [
    {
      id: 7,
      completed_by: 1,
      was_cancelled: false,
      ground_truth: false,
      created_at: '2026-11-25T10:00:00Z',
      result: [
        { id: 'a', from_name: 'c', to_name: 't', type: 'choices', value: { choices: ['x'] } },
        { type: 'relation', from_id: 'a', to_id: 'b', direction: 'right' },
      ],
    },
  ],
  completions: [{ id: 8, honeypot: true, created_at: 1_795_476_632, result: [] }],
}

/** MiB. */
function rss(): number {
  collectGarbage()
  return Math.round(process.memoryUsage().rss / mebibyte)
}

function cutUp(bytes: Buffer, places: readonly number[]): Buffer[] {
  const edges = [0, ...places.map(place => Math.floor(place * bytes.length)), bytes.length].sort((a, b) => a - b)
  return edges.slice(1).map((end, place) => bytes.subarray(edges[place], end))
}

/** The tasks; undefined when they are refused. */
async function readAll(chunks: readonly Buffer[]): Promise<unknown[] | undefined> {
  const tasks: unknown[] = []
  try {
    for await (const task of readExport(Readable.from(chunks), { labelConfig })) {
      assert.ok([Object.prototype, null].includes(Object.getPrototypeOf(task)), 'it has a prototype of its own')
      tasks.push(task)
    }
    return tasks
  } catch (error) {
    if (!isHtxError(error, 'HTX_EXPORT_INVALID')) throw error
    assert.ok(error.message.length < 2_000, `a message of ${error.message.length} characters`)
    return undefined
  }
}

async function hear(chunks: readonly Buffer[]): Promise<TrainMessage[]> {
  const heard: TrainMessage[] = []
  const stream = Readable.from(chunks, { objectMode: false })
  readMessages(stream, message => heard.push(message))
  await new Promise((resolve, reject) => stream.on('end', resolve).on('error', reject))
  return heard
}

/** What comes out; undefined when it breaks. */
async function inflate(chunks: readonly Buffer[], encoding: string): Promise<Buffer | undefined> {
  const parts: Uint8Array[] = []
  try {
    for await (const part of decodeBody(Readable.from(chunks), encoding, new URL('http://127.0.0.1/file')))
      parts.push(part)
    return Buffer.concat(parts)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    assert.ok(isHtxError(error) || /^(Z_|ERR_)/.test(String(code)), `it threw ${error}`)
    return undefined
  }
}
