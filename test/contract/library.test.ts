import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { readdir } from 'node:fs/promises'
import { describe, it } from 'node:test'
import * as core from '@htx/core'
import * as server from '@htx/server'
import { labelConfig, startServer } from '../support/model-server.ts'
import { withTempDirectory } from '../support/temp-directory.ts'

const model = new URL('../models/scripted.ts', import.meta.url)

describe('the library', () => {
  it('exports what it promises, and no more', () => {
    assert.deepEqual(Object.keys(server).sort(), [
      'initModelServer',
      'newestVersion',
      'openLabelStudio',
      'openPool',
      'trainModel',
    ])
    const promised =
      'availableCores onnxSessionOptions BaseModel collectGarbage jsonValues orderByChoice completeTaskDataOptions openCredentials readLabelStudioAddress isValidation labelsOf labelsOfItem readExport seededRandom shuffle splitItems checkResources DeleteRequestSchema DuplicateRequestSchema exportsTrainFn JobStatusRequestSchema loadTrainFn readAnnotatedTask readAnnotation readMetrics readTask StartJobRequestSchema toDataItem TrainRequestSchema UpdateRequestSchema bitmask bitmaskLabels boxFromCorners boxInPixels brush brushLabels audioLabels chatMessage checkPrediction choices codePointOffset compareVersionNames compileSchema cornersOf dateTime decodeMask defaultProject ellipse ellipseLabels encodeMask errorCodes errorKinds findBindings HtxError hyperTextLabels initialVersion isHtxError keyPoint keyPointLabels labelConfigFromLegacySchema labelConfigFromParsed labelMap labels legacySchemaKey legacySchemaOf loadModelClass messageOf ModelStore moduleUrl namePattern newVersionName numberValue openInputFetcher openModel openTaskData pairwise paragraphLabels parseLabelConfig parsePredictEnvelope parsePredictRequest pointInPixels pointsInPixels polygon polygonLabels ranker rating rectangle rectangleLabels regionId relation SetupRequestSchema spanOf taxonomy textArea Type timelineLabels timeSeriesLabels toHtxError toPixels utf16Offset ValidateRequestSchema vector vectorLabels VersionsRequestSchema videoRectangle'
    assert.deepEqual(Object.keys(core).sort(), promised.split(' ').sort())
  })

  it('predicts in threads without a server', async () => {
    const events: string[] = []
    const pool = await server.openPool({
      model,
      workers: 2,
      resources: { score: 0.75 },
      onEvent: ({ kind }) => events.push(kind),
    })
    try {
      const tasks = ['fine', 'bad', 'several'].map(text => ({ data: { text } }))
      const { predictions, rejections } = await pool.predict(tasks, { labelConfig })
      assert.deepEqual(
        predictions.map(({ length }) => length),
        [1, 0, 2],
      )
      assert.equal(predictions[0]?.[0]?.score, 0.75)
      assert.deepEqual(
        rejections.map(({ reason }) => reason),
        ['prediction-invalid'],
      )
    } finally {
      await pool.close()
    }
    await assert.rejects(pool.predict([{ data: { text: 'fine' } }], { labelConfig }), error =>
      core.isHtxError(error, 'HTX_DRAINING'),
    )
  })

  it('leaves nothing on a signal that stands for many calls of a pool', async () => {
    await using pool = await server.openPool({ model, workers: 1 })
    const { signal } = new AbortController()
    for (let call = 0; call < 3; call += 1) await pool.predict([{ data: { text: 'fine' } }], { labelConfig, signal })
    assert.deepEqual(getEventListeners(signal, 'abort'), [])
    const gone = AbortSignal.abort()
    await assert.rejects(pool.predict([{ data: { text: 'fine' } }], { labelConfig, signal: gone }), error =>
      core.isHtxError(error, 'HTX_REQUEST_CANCELLED'),
    )
  })

  it('says when all workers of a pool serve, and the spare stands by', async () => {
    const opened: string[] = []
    await using pool = await server.openPool({
      model,
      workers: 2,
      onEvent: ({ kind }) => {
        if (kind === 'slot-opened') opened.push(kind)
      },
    })
    await pool.ready()
    assert.equal(opened.length, 3)
    await pool.ready()
  })

  it('leaves no file behind that its threads fetched', () =>
    withTempDirectory(async directory => {
      const before = process.env.TMPDIR
      process.env.TMPDIR = directory
      try {
        await using pool = await server.openPool({
          model: new URL('../models/file-reader.ts', import.meta.url),
          workers: 1,
        })
        const config = '<View><Image name="image" value="$image"/><TextArea name="text" toName="image"/></View>'
        const { rejections } = await pool.predict([{ data: { image: 'data:,cat' } }], { labelConfig: config })
        assert.deepEqual(rejections, [])
      } finally {
        if (before === undefined) delete process.env.TMPDIR
        else process.env.TMPDIR = before
      }
      const left = await readdir(directory)
      assert.deepEqual(
        left.filter(name => name.startsWith('htx-')),
        [],
      )
    }))

  it('predicts in this thread without a pool', async () => {
    const opened = await core.openModel({ model })
    const [outcome] = await opened.predict([{ data: { text: 'fine' } }], { labelConfig })
    assert.equal(outcome?.predictions[0]?.model_version, 'initial')
    await opened.close()
    await opened.close()
    await assert.rejects(opened.predict([], { labelConfig }), error =>
      core.isHtxError(error, 'HTX_VERSION_UNAVAILABLE'),
    )
  })

  it('lets a user add routes, and closes twice without harm', async () => {
    await withTempDirectory(async modelsDir => {
      const modelServer = await server.initModelServer({ model, workers: 1, logLevel: 'silent', modelsDir })
      modelServer.app.get('/mine', async () => ({ own: true }))
      const url = await modelServer.listen({ port: 0 })
      assert.deepEqual(await (await fetch(`${url}/mine`)).json(), { own: true })
      const openapi = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, unknown> }
      for (const path of ['/predict', '/setup', '/health', '/versions', '/webhook', '/mine'])
        assert.ok(openapi.paths[path], path)
      await Promise.all([modelServer.close(), modelServer.close()])
      await assert.rejects(fetch(`${url}/health`))
    })
  })

  it('names the option that is wrong', async () => {
    const wrong = { model, workers: 0 }
    await assert.rejects(
      server.initModelServer(wrong),
      error => core.isHtxError(error, 'HTX_OPTION_INVALID') && /workers must be >= 1; got 0/.test(error.message),
    )
    await assert.rejects(
      server.initModelServer({ model, wokers: 2 } as never),
      error => core.isHtxError(error) && /must not have «wokers»/.test(error.message),
    )
  })

  it('answers unknown routes with a reason', async () => {
    const started = await startServer('scripted.ts', { workers: 1 })
    const response = await fetch(`${started.url}/nope`)
    assert.equal(response.status, 404)
    assert.match(response.statusText, /no GET \/nope/)
    await started.close()
  })
})
