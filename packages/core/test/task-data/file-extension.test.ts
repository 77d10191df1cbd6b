import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fileExtension } from '../../src/task-data/file-extension.ts'

const extension = (mediaType: string, ...urls: string[]) =>
  fileExtension(
    urls.map(url => new URL(url)),
    mediaType,
  )

describe('fileExtension', () => {
  it('takes the extension of the name, in lower case', () => {
    assert.equal(extension('application/octet-stream', 'http://a.example/b/CAT.JPEG?x=y.png'), '.jpeg')
    assert.equal(extension('', 'http://a.example/scan.nii.gz'), '.gz')
  })

  it('looks for the name where Label Studio puts it', () => {
    assert.equal(extension('', 'http://a.example/data/local-files/?d=set1/pic%20%C3%A9%201.png'), '.png')
    assert.equal(extension('', 'http://a.example/storage-data/uploaded/?filepath=upload/1/a.wav'), '.wav')
  })

  it('asks the place of the last redirect, then the media type, when the name has none', () => {
    assert.equal(
      extension('text/html', 'http://a.example/tasks/1/presign/?fileuri=x', 'http://s3.example/k/cat.png'),
      '.png',
    )
    assert.equal(extension('Image/JPEG; q=1', 'http://a.example/image.php', 'http://a.example/v1.0/get'), '.jpg')
    assert.equal(extension('image/webp', 'http://a.example/scan.2024'), '.webp')
    assert.equal(extension('audio/x-wav'), '.wav')
  })

  it('gives none when nothing says what the file is', () => {
    assert.equal(extension('application/octet-stream', 'http://a.example/get'), '')
  })
})
