import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readDataUri } from '../../src/task-data/data-uri.ts'

const invalid = { code: 'HTX_TASK_DATA_INVALID' }

describe('readDataUri', () => {
  it('decodes base64', () => {
    assert.deepEqual(readDataUri('data:image/PNG;base64,iVBO/w==', 100), {
      mediaType: 'image/png',
      bytes: Buffer.from([0x89, 0x50, 0x4e, 0xff]),
    })
  })

  it('decodes base64 that is percent-encoded, has white space, the URL alphabet or no padding', () => {
    for (const data of ['iVBO%2Fw%3D%3D', 'iVBO\n/w==', 'iVBO_w==', 'iVBO/w']) {
      assert.deepEqual(readDataUri(`data:;base64,${data}`, 100).bytes, Buffer.from([0x89, 0x50, 0x4e, 0xff]), data)
    }
  })

  it('decodes percents to bytes, not to characters', () => {
    assert.deepEqual(readDataUri('data:application/dicom;x=y,a%FF%00é', 100), {
      mediaType: 'application/dicom',
      bytes: Buffer.from([0x61, 0xff, 0x00, 0xc3, 0xa9]),
    })
  })

  it('takes text/plain for a URI without a media type, as browsers do', () => {
    assert.equal(readDataUri('data:,hello', 100).mediaType, 'text/plain')
  })

  it('refuses what is not well-formed', () => {
    for (const uri of [
      'data:image/png;base64',
      'data:;base64,iV*O',
      'data:;base64,iVBO=/w',
      'data:,a%f',
      'data:,a%zz',
    ]) {
      assert.throws(() => readDataUri(uri, 100), invalid, uri)
    }
  })

  it('takes as many bytes as the limit and not one more', () => {
    assert.equal(readDataUri(`data:,${'%41'.repeat(10)}`, 10).bytes.length, 10)
    assert.throws(() => readDataUri('data:,01234567890', 10), invalid)
    assert.throws(() => readDataUri(`data:;base64,${Buffer.alloc(11).toString('base64')}`, 10), invalid)
    assert.throws(() => readDataUri(`data:,${'a'.repeat(1000)}`, 10), invalid)
  })
})
