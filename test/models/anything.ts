import {
  audioLabels,
  BaseModel,
  type Binding,
  brushLabels,
  choices,
  hyperTextLabels,
  labels,
  type ModelTask,
  type PredictContext,
  type Prediction,
  paragraphLabels,
  type Region,
  rectangle,
  rectangleLabels,
  taxonomy,
  textArea,
  timeSeriesLabels,
  videoRectangle,
} from '@htx/core'

const image = { width: 4, height: 2 }
const box = { x: 1, y: 0, width: 2, height: 1 }

/** Fills the first control of every kind of project in the recordings. */
export default class Anything extends BaseModel {
  static override readonly inputTypes = undefined
  static override readonly outputTypes = [
    'Choices',
    'Labels',
    'RectangleLabels',
    'Rectangle',
    'BrushLabels',
    'HyperTextLabels',
    'ParagraphLabels',
    'TimeSeriesLabels',
    'Taxonomy',
    'TextArea',
    'VideoRectangle',
  ]

  override predict(tasks: readonly ModelTask[], { bindings }: PredictContext): Prediction[] {
    return tasks.map(() => ({ score: 0.5, result: regionsFor(bindings) }))
  }
}

function regionsFor(bindings: readonly Binding[]): Region[] {
  const by = (tag: string) => bindings.find(({ control }) => control.tag === tag)
  const tool = by('Rectangle')
  const tag = by('Labels')
  const transcript = by('TextArea')
  if (tool !== undefined && tag !== undefined && transcript !== undefined) {
    const drawn = rectangle(tool, box, { image })
    return [drawn, labels(tag, [tag.labels[0] as string], { of: drawn }), textArea(transcript, ['ABC'], { of: drawn })]
  }
  const video = by('VideoRectangle')
  if (video !== undefined)
    return [videoRectangle(video, [{ frame: 1, ...box }], { framerate: 25, framesCount: 250, frameSize: image })]
  const [binding] = bindings as [Binding]
  const label = [binding.labels[0] as string]
  switch (binding.control.tag) {
    case 'Choices':
      return [choices(binding, label)]
    case 'Labels':
      return [
        binding.objects[0]?.tag === 'Text'
          ? labels(binding, label, { start: 0, end: 3 })
          : audioLabels(binding, label, { startSeconds: 0, endSeconds: 1 }),
      ]
    case 'RectangleLabels':
      return [rectangleLabels(binding, label, box, { image })]
    case 'BrushLabels':
      return [brushLabels(binding, label, [0, 1, 1, 0, 0, 1, 0, 0], { image })]
    case 'HyperTextLabels':
      return [hyperTextLabels(binding, label, { globalOffsets: { start: 0, end: 3 } })]
    case 'ParagraphLabels':
      return [paragraphLabels(binding, label, { start: 0, startOffset: 0, endOffset: 2 })]
    case 'TimeSeriesLabels':
      return [timeSeriesLabels(binding, label, { start: 1, end: 2 })]
    case 'Taxonomy':
      return [taxonomy(binding, [['Animal', 'Cat']])]
    default:
      return [textArea(binding, ['ABC'])]
  }
}
