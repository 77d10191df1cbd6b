import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isHtxError } from '../../src/errors/htx-error.ts'
import { labelStudioUrl, readLabelStudioAddress } from '../../src/task-data/label-studio/address.ts'

const { base: host } = readLabelStudioAddress({ url: 'http://ls.example:8080' })
const { base: subPath } = readLabelStudioAddress({ url: 'https://example.com/tools/ls/' })

describe('labelStudioUrl', () => {
  it('puts the address before the routes on which Label Studio gives out files', () => {
    const urls = {
      '/data/upload/30/bb47ce12-tiny_cat.png': '/data/upload/30/bb47ce12-tiny_cat.png',
      'upload/30/cat.png': '/data/upload/30/cat.png',
      '/upload/30/cat.png': '/data/upload/30/cat.png',
      '/data/local-files/?d=set1/pic%20%C3%A9%201.png': '/data/local-files/?d=set1/pic%20%C3%A9%201.png',
      '/data/local-files/?d=set1/pic é #1.png': '/data/local-files/?d=set1/pic%20%C3%A9%20%231.png',
      '/storage-data/uploaded/?filepath=upload/30/cat.png': '/storage-data/uploaded/?filepath=upload/30/cat.png',
      '/tasks/7/resolve/?fileuri=czM6Ly9iL2s=': '/tasks/7/resolve/?fileuri=czM6Ly9iL2s=',
    }
    for (const [value, path] of Object.entries(urls)) {
      assert.equal(labelStudioUrl(value, host)?.href, `http://ls.example:8080${path}`)
    }
  })

  it('keeps the path under which Label Studio lies, once', () => {
    const url = 'https://example.com/tools/ls/data/upload/1/a.png'
    assert.equal(labelStudioUrl('/data/upload/1/a.png', subPath)?.href, url)
    assert.equal(labelStudioUrl('/tools/ls/data/upload/1/a.png', subPath)?.href, url)
  })

  it('leaves other values alone', () => {
    for (const value of [
      'images/cat.png',
      '/data/cat.png',
      './upload/cat.png',
      '/api/projects/',
      'uploads/cat.png',
      '',
    ]) {
      assert.equal(labelStudioUrl(value, host), undefined, value)
    }
  })

  it('refuses values that leave those routes by dot segments', () => {
    for (const value of [
      '/data/upload/../../api/users/',
      'upload/%2e%2e/%2E%2E/api/users/',
      '/data/upload/..\\..\\api/',
    ]) {
      assert.throws(() => labelStudioUrl(value, host), { code: 'HTX_TASK_DATA_INVALID' }, value)
    }
  })

  it('says what to set when no Label Studio is known', () => {
    assert.throws(() => labelStudioUrl('/data/upload/1/a.png', undefined), {
      code: 'HTX_TASK_DATA_INVALID',
      message: /LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY/,
    })
  })
})

describe('readLabelStudioAddress', () => {
  it('drops the white space around a key, and an empty one', () => {
    assert.equal(readLabelStudioAddress({ url: 'http://ls.example', apiKey: ' 0123\n' }).apiKey, '0123')
    assert.equal(readLabelStudioAddress({ url: 'http://ls.example', apiKey: '' }).apiKey, undefined)
  })

  it('refuses addresses and keys that cannot be used, without showing secrets', () => {
    const wrong = [
      { url: 'ls.example:8080' },
      { url: 'ftp://ls.example' },
      { url: 'http://user:secret@ls.example' },
      { url: 'http://ls.example', apiKey: 'secret\nx: y' },
    ]
    for (const address of wrong) {
      assert.throws(
        () => readLabelStudioAddress(address),
        error => isHtxError(error, 'HTX_OPTION_INVALID') && !error.message.includes('secret'),
      )
    }
  })
})
