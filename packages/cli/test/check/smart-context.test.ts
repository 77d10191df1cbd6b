import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkPrediction, parseLabelConfig } from '@htx/core'
import { smartContext } from '../../src/check/smart-context.ts'

const label = '<Label value="Cat"/>'
const over = (object: string, control: string) => parseLabelConfig(`<View>${object}${control}</View>`)
const image = '<Image name="o" value="$image"/>'

describe('what a smart tool sends', () => {
  const configs: readonly [string, string, string][] = [
    ['KeyPointLabels', image, `<KeyPointLabels name="c" toName="o" smart="true">${label}</KeyPointLabels>`],
    ['RectangleLabels', image, `<RectangleLabels name="c" toName="o" smart="true">${label}</RectangleLabels>`],
    ['Rectangle', image, '<Rectangle name="c" toName="o" smart="true"/>'],
    ['EllipseLabels', image, `<EllipseLabels name="c" toName="o" smart="true">${label}</EllipseLabels>`],
    ['BrushLabels', image, `<BrushLabels name="c" toName="o" smart="true">${label}</BrushLabels>`],
    ['Labels', '<Text name="o" value="$text"/>', `<Labels name="c" toName="o" smart="true">${label}</Labels>`],
    ['Labels', '<Audio name="o" value="$audio"/>', `<Labels name="c" toName="o" smart="true">${label}</Labels>`],
    ['TextArea', '<Text name="o" value="$text"/>', '<TextArea name="c" toName="o" smart="true"/>'],
  ]
  for (const [tag, object, control] of configs) {
    it(`is a region of ${tag} over ${object.slice(1, 6)} that the editor could have drawn`, () => {
      const config = over(object, control)
      const smart = smartContext(config)
      assert.equal(smart?.tag, tag)
      assert.deepEqual(checkPrediction(smart?.context, config), [])
      assert.equal(smart?.context.result.length, 1)
    })
  }

  it('is a positive click, told as the editor does', () => {
    const control = `<KeyPointLabels name="c" toName="o" smart="true">${label}</KeyPointLabels>`
    assert.equal(smartContext(over(image, control))?.context.result[0]?.is_positive, true)
  })

  it('is nothing where no tool is smart', () => {
    assert.equal(
      smartContext(over(image, `<RectangleLabels name="c" toName="o">${label}</RectangleLabels>`)),
      undefined,
    )
  })
})
