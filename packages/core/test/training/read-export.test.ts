import assert from 'node:assert/strict'
import { createWriteStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type ExportedTask, isHtxError, parseLabelConfig, readExport } from '@htx/core'
import { withTempDirectory } from '../../../../test/support/temp-directory.ts'

// Exported by Label Studio 1.23.2 from one project.
const exports = fileURLToPath(new URL('./exports/', import.meta.url))
const labelConfig = parseLabelConfig(await readFile(join(exports, 'label-config.xml'), 'utf8'))

type Answers = { id: unknown; data: object; regions: object[] }

/** What every form of an export says: regions without ids, and what Label Studio leaves out of the short forms. */
async function answersIn(file: string): Promise<Answers[]> {
  const found: Answers[] = []
  for await (const { id, data, annotations = [] } of readExport(join(exports, file), { labelConfig })) {
    for (const annotation of annotations as { was_cancelled?: boolean; result: Record<string, unknown>[] }[]) {
      if (annotation.was_cancelled === true) continue
      const regions = annotation.result.map(({ id: _, image_rotation, origin, ...region }) => region)
      found.push({ id, data, regions: regions.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) })
    }
  }
  return found
}

describe('readExport', () => {
  for (const form of ['json-min', 'csv', 'tsv']) {
    it(`reads from ${form} what the JSON export says`, async () => {
      const expected = await answersIn('many.json')
      assert.equal(expected.length, 2)
      assert.equal(expected[0]?.regions.length, 7)
      assert.deepEqual(await answersIn(`many.${form}`), expected)
    })
  }

  it('asks for a label config where only that explains the columns', async () => {
    await assert.rejects(first(readExport(join(exports, 'many.csv'))), error => {
      assert.ok(isHtxError(error, 'HTX_EXPORT_INVALID'))
      return /give one, or export as JSON/.test(error.message)
    })
  })

  it('reads JSON objects line by line', async () => {
    await withTempDirectory(async directory => {
      const path = join(directory, 'tasks.jsonl')
      await writeFile(path, '{"id":1,"data":{}}\n{"id":2,"data":{}}\n')
      const ids: unknown[] = []
      for await (const { id } of readExport(path)) ids.push(id)
      assert.deepEqual(ids, [1, 2])
    })
  })

  it('gives the first task before the last is read', async () => {
    await withTempDirectory(async directory => {
      const path = join(directory, 'tasks.json')
      const stream = createWriteStream(path)
      stream.write('[')
      for (let id = 0; id < 20_000; id += 1)
        stream.write(`${id === 0 ? '' : ','}{"id":${id},"data":{"text":"${'x'.repeat(100)}"}}`)
      // What is wrong at the end is not seen by who stops at the beginning.
      stream.end('oops')
      await finished(stream)
      assert.equal((await first(readExport(path)))?.id, 0)
      let count = 0
      await assert.rejects(
        (async () => {
          for await (const _ of readExport(path)) count += 1
        })(),
        error => isHtxError(error, 'HTX_EXPORT_INVALID') && /task 20001: unexpected "o"/.test(error.message),
      )
      assert.equal(count, 20_000)
    })
  })

  for (const [text, words] of [
    ['', /it is empty/],
    ['<html>oops</html>', /expected JSON, or CSV with a column text or image; it begins with "<html>/],
    ['[1, 2]', /task 1: expected a task/],
    ['[{"id": 1, "data": {}}', /ends in the middle of task 2/],
    ['[{"id": 1 "data": {}}]', /not JSON at task 1: unexpected "data"/],
  ] as const) {
    it(`says where it is wrong: ${text === '' ? 'nothing' : text}`, async () => {
      async function* bytes() {
        yield new TextEncoder().encode(text)
      }
      const read = async () => {
        for await (const _ of readExport(bytes(), { labelConfig }));
      }
      await assert.rejects(read, error => isHtxError(error, 'HTX_EXPORT_INVALID') && words.test(error.message))
    })
  }
})

async function first(tasks: AsyncIterable<ExportedTask>): Promise<ExportedTask | undefined> {
  for await (const task of tasks) return task
  return undefined
}
