import assert from 'node:assert/strict'
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { withTempDirectory } from '../../../../test/support/temp-directory.ts'
import { openWorkingFile } from '../../src/predict/working-file.ts'

const facts = { version: 'v1' }

async function recordedIn(out: string): Promise<unknown[]> {
  const file = await openWorkingFile(out, facts)
  const records: unknown[] = []
  for await (const record of file.recorded()) records.push(record)
  await file.close()
  return records
}

async function write(out: string, records: readonly unknown[]): Promise<void> {
  const file = await openWorkingFile(out, facts)
  for await (const _ of file.recorded());
  await file.add(records)
  await file.close()
}

describe('the working file', () => {
  it('keeps what was added, run after run, and becomes a JSON list at the end', () =>
    withTempDirectory(async directory => {
      const out = join(directory, 'out.json')
      // A line of many read buffers, and characters of several bytes across their edges.
      const long = { text: '😀é'.repeat(50_000) }
      await write(out, [{ n: 1 }, long])
      await write(out, [{ n: 3 }])
      assert.deepEqual(await recordedIn(out), [{ n: 1 }, long, { n: 3 }])
      const file = await openWorkingFile(out, facts)
      await file.finish()
      await file.close()
      assert.deepEqual(JSON.parse(await readFile(out, 'utf8')), [{ n: 1 }, long, { n: 3 }])
      assert.deepEqual(await readdir(directory), ['out.json'])
    }))

  for (const torn of ['{"n":2', '\0\0\0\0\n', '{"n":2}\0']) {
    it(`cuts off ${JSON.stringify(torn)}, and goes on there`, () =>
      withTempDirectory(async directory => {
        const out = join(directory, 'out.json')
        await write(out, [{ n: 1 }])
        await appendFile(`${out}.part`, torn)
        await write(out, [{ n: 9 }])
        assert.deepEqual(await recordedIn(out), [{ n: 1 }, { n: 9 }])
      }))
  }

  it('begins anew where not even the first line is whole', () =>
    withTempDirectory(async directory => {
      const out = join(directory, 'out.json')
      await writeFile(`${out}.part`, '{"vers')
      await write(out, [{ n: 1 }])
      assert.deepEqual(await recordedIn(out), [{ n: 1 }])
    }))

  for (const foreign of ['one line\n', '{"half": "a line of another program', 'words'])
    it(`does not touch a file of somebody else: ${JSON.stringify(foreign)}`, () =>
      withTempDirectory(async directory => {
        const out = join(directory, 'out.json')
        await writeFile(`${out}.part`, foreign)
        await assert.rejects(openWorkingFile(out, facts), /is no working file of htx-predict/)
        assert.equal(await readFile(`${out}.part`, 'utf8'), foreign)
      }))

  it('makes an empty list of nothing', () =>
    withTempDirectory(async directory => {
      const out = join(directory, 'out.json')
      await (await openWorkingFile(out, facts)).finish()
      assert.deepEqual(JSON.parse(await readFile(out, 'utf8')), [])
    }))

  it('is not for a run of something else', () =>
    withTempDirectory(async directory => {
      const out = join(directory, 'out.json')
      await write(out, [])
      await assert.rejects(openWorkingFile(out, { version: 'v2' }), /another version \(v1, now v2\)/)
    }))
})
