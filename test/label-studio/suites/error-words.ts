import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ApiRefusal } from '../support/api.ts'
import { type Backend, startBackend } from '../support/backend.ts'
import { keepScreenshot } from '../support/chromium.ts'
import { bunPath, withoutBun, withoutChromium } from '../support/environments.ts'
import type { Running } from '../support/suite.ts'

const overText =
  '<View><Text name="text" value="$text"/><Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices></View>'
const overImage =
  '<View><Image name="image" value="$image"/><RectangleLabels name="box" toName="image"><Label value="Cat"/></RectangleLabels></View>'

/** Label Studio shows a person the status line of an error and nothing of its body. */
export function errorWords(running: () => Running): void {
  describeRuntime('Node', process.execPath, false, running)
  describeRuntime('Bun', bunPath, withoutBun(), running)
}

function describeRuntime(name: string, runtime: string, skip: string | false, running: () => Running): void {
  describe(`what people read when something is wrong, served by ${name}`, { skip }, () => {
    let backend: Backend
    before(async () => {
      backend = await startBackend(running(), {
        model: 'test/models/scripted.ts',
        runtime,
        arguments: ['--body-limit', '1'],
      })
    })
    after(() => backend?.close())

    /** What the editor gets for a smart tool: the first error. */
    async function askedInEditor(text: string): Promise<string> {
      const { api } = running()
      const { id } = await api.createProject(`words of ${name}`, overText)
      const [task] = await api.importTasks(id, [{ text }])
      const connected = await api.connect(id, backend.url, { is_interactive: true })
      const { errors = [] } = await api.interactive(connected.id, task ?? 0, { result: [] })
      assert.equal(errors.length, 1)
      return String(errors[0])
    }

    it('says in the dialog «add model» which tags the model wants, and which the config has', async () => {
      const { api } = running()
      const { id } = await api.createProject(`unfit for ${name}`, overImage)
      await assert.rejects(api.connect(id, backend.url), ({ status, message }: ApiRefusal) => {
        assert.equal(status, 400)
        assert.match(message, /422 .*the model wants Choices over Text; this config has RectangleLabels over Image/)
        return true
      })
    })

    it('shows these words to the person in the browser', { skip: withoutChromium() }, async () => {
      const { api, url } = running()
      const { page } = running().browser()
      const { id } = await api.createProject(`dialog of ${name}`, overImage)
      await page.goto(`${url}/projects/${id}/settings/ml`)
      await page.getByText('Connect Model').first().click()
      await page.fill('input[name=title]', 'htx')
      await page.fill('input[name=url]', backend.url)
      await page.getByText('Validate and Save').click()
      await page
        .getByText(/the model wants Choices over Text; this config has/)
        .first()
        .waitFor()
      await keepScreenshot(page, `add-model-${name.toLowerCase()}`)
    })

    it('says to the editor what a model threw', async () => {
      assert.match(await askedInEditor('throw'), /500 .*no idea what to say/)
    })

    it('says to the editor that a task is too large, and which flag allows it', async () => {
      assert.match(await askedInEditor('x'.repeat(2 * 1024 * 1024)), /413 .*larger than 1048576 bytes.*--body-limit/)
    })
  })
}
