import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkManifest, parseManifest } from '../../src/manifest/manifest.ts'

const manifest = {
  format: 1,
  project: '12',
  version: '20261124T011530123Z-9f3a',
  createdAt: '2026-11-24T01:15:30.123Z',
  htxVersion: '0.1.0',
  resources: { weights: 'weights.bin' },
  paths: ['/weights'],
  files: [{ path: 'weights.bin', sizeBytes: 3, sha256: 'a'.repeat(64) }],
}

describe('a manifest', () => {
  it('is read with fields that a later htx may add', () => {
    const extended = { ...manifest, parent: '1', metrics: { accuracy: 0.9 }, added: true }
    assert.deepEqual(parseManifest(JSON.stringify(extended)), extended)
  })

  it('of a newer format says so, whatever else it holds', () => {
    assert.throws(() => checkManifest({ format: 2, everything: 'new' }), {
      code: 'HTX_MANIFEST_INVALID',
      message: /format 2.*up to 1/,
    })
  })

  it('that is cut off is not JSON', () => {
    assert.throws(() => parseManifest(JSON.stringify(manifest).slice(0, 40)), { code: 'HTX_MANIFEST_INVALID' })
  })

  for (const path of ['', '/etc/passwd', '../x', 'a/../../x', 'a//b', './a', 'a/.', 'a\\b', '..']) {
    it(`cannot list the file ${JSON.stringify(path)}`, () => {
      const files = [{ path, sizeBytes: 1, sha256: 'a'.repeat(64) }]
      assert.throws(() => checkManifest({ ...manifest, files }), { code: 'HTX_MANIFEST_INVALID', message: /files/ })
    })
  }

  for (const path of ['.hidden', '..data', 'a/b.bin', 'a b', 'ä.bin']) {
    it(`can list the file ${JSON.stringify(path)}`, () => {
      const files = [{ path, sizeBytes: 1, sha256: 'a'.repeat(64) }]
      assert.deepEqual(checkManifest({ ...manifest, files }).files, files)
    })
  }

  for (const value of [
    null,
    [],
    'text',
    { ...manifest, files: undefined },
    { ...manifest, createdAt: 'today' },
    { ...manifest, version: '../x' },
  ]) {
    it(`is not ${JSON.stringify(value).slice(0, 60)}`, () => {
      assert.throws(() => checkManifest(JSON.parse(JSON.stringify(value))), { code: 'HTX_MANIFEST_INVALID' })
    })
  }
})
