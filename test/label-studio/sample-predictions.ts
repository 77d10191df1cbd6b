import {
  audioLabels,
  type Binding,
  bitmask,
  bitmaskLabels,
  brush,
  brushLabels,
  type ControlTag,
  chatMessage,
  choices,
  dateTime,
  ellipse,
  ellipseLabels,
  findBindings,
  hyperTextLabels,
  keyPoint,
  keyPointLabels,
  type Label,
  type LabelConfig,
  labels,
  numberValue,
  type ObjectTag,
  pairwise,
  paragraphLabels,
  polygon,
  polygonLabels,
  type Region,
  ranker,
  rating,
  rectangle,
  rectangleLabels,
  spanOf,
  taxonomy,
  textArea,
  timelineLabels,
  timeSeriesLabels,
  vector,
  vectorLabels,
  videoRectangle,
} from '@htx/core'

const text = '😀 Ada Lovelace wrote the first program.'
const size = { width: 4, height: 2 }
const image = { image: size }
const mask = [1, 1, 0, 0, 0, 1, 0, 0]
const box = { x: 1, y: 0.5, width: 2, height: 1 }
const corners = [
  [0, 0],
  [3, 0],
  [2, 1.5],
] as const

/** A PNG of 4 x 2 pixels. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAQAAAACCAYAAAB/qH1jAAAAEUlEQVR4nGP4DwUMMMCAzAcAq2UT7WPzvlAAAAAASUVORK5CYII=',
  'base64',
)

/** A task that has something for every object of a config. */
export function sampleTask({ objects }: LabelConfig): { data: Record<string, unknown> } {
  const data: Record<string, unknown> = {}
  for (const object of objects.values()) {
    if (object.dataKey !== undefined) data[object.dataKey] = sampleData(object)
  }
  return { data }
}

function sampleData({ tag, attributes, isList }: ObjectTag): unknown {
  if (isList) return ['https://example.com/1.png', 'https://example.com/2.png']
  if (tag === 'Text') return text
  if (tag === 'HyperText') return `<p>${text}</p>`
  if (tag === 'List')
    return [
      { id: 'a', title: 'A' },
      { id: 'b', title: 'B' },
    ]
  if (tag === 'Chat') return [{ role: 'user', content: 'Hello' }]
  if (tag === 'Paragraphs') {
    const { nameKey = 'author', textKey = 'text' } = attributes
    return [
      { [nameKey]: 'Ada', [textKey]: 'Hello' },
      { [nameKey]: 'Charles', [textKey]: 'Good day' },
    ]
  }
  return `https://example.com/${tag}`
}

/**
 * What a model would say with a control, made by the region builders; with what it speaks about, where it needs that.
 *
 * @returns undefined when htx has no builder for the control
 */
export function sampleResult(control: ControlTag, labelConfig: LabelConfig): Region[] | undefined {
  const make = makers[control.tag]
  if (make === undefined) return undefined
  const binding = bindingOf(control, labelConfig)
  const [object] = binding.objects
  if (control.tag === 'Labels' && object?.tag === 'Video') return trackWithLabels(binding, labelConfig)
  const needsPartner = control.perRegion || (control.tag === 'Labels' && object?.tag === 'Image')
  if (!needsPartner) return [make(binding)]
  const partner = drawnRegion(control, labelConfig)
  return partner === undefined ? [make(binding)] : [partner, make(binding, partner)]
}

export function bindingOf(control: ControlTag, labelConfig: LabelConfig): Binding {
  const found = findBindings(labelConfig, undefined, [control.tag]).find(binding => binding.control === control)
  if (found === undefined) throw new Error(`no binding for <${control.tag} name="${control.name}">`)
  return found
}

/** A region of the same object by a control that draws. */
function drawnRegion(control: ControlTag, labelConfig: LabelConfig): Region | undefined {
  for (const other of labelConfig.controls.values()) {
    const isSameObject = other.toName.some(name => control.toName.includes(name))
    if (!isSameObject || other.perRegion || !drawing.has(other.tag)) continue
    if (other.tag === 'Labels' && labelConfig.objects.get(other.toName[0] ?? '')?.tag === 'Image') continue
    return makers[other.tag]?.(bindingOf(other, labelConfig))
  }
  return undefined
}

/** In videos the editor writes the labels into the track that they name. */
function trackWithLabels({ control, labels }: Binding, labelConfig: LabelConfig): Region[] {
  const track = [...labelConfig.controls.values()].find(
    ({ tag, toName }) => tag === 'VideoRectangle' && toName.some(name => control.toName.includes(name)),
  )
  if (track === undefined) return []
  return [videoRectangle(bindingOf(track, labelConfig), keyFrames, { ...video, labels: labels.slice(0, 1) })]
}

const keyFrames = [
  { frame: 1, x: 10, y: 10, width: 20, height: 20 },
  { frame: 25, x: 30, y: 10, width: 20, height: 20 },
]
const video = { framerate: 25, framesCount: 250, unit: 'percent' } as const

/** One label that the binding has; a dynamic one comes from the task. */
function firstLabel({ labels: [label = 'from the task'] }: Binding): string[] {
  return [label]
}

/** A path to a leaf of the tree. */
function firstPath({ control }: Binding): string[] {
  const path: string[] = []
  for (let [label] = control.labels; label !== undefined; [label] = label.children as readonly Label[])
    path.push(label.value)
  return path.length > 0 ? path : ['from the task']
}

const makers: Record<string, (binding: Binding, of?: Region) => Region> = {
  Choices: (binding, of) => {
    const isNested = binding.control.attributes.allowNested === 'true'
    return choices(binding, isNested ? [firstPath(binding)] : firstLabel(binding), about(of))
  },
  Taxonomy: (binding, of) => taxonomy(binding, [firstPath(binding)], about(of)),
  TextArea: (binding, of) => textArea(binding, ['some words'], about(of)),
  Rating: (binding, of) => rating(binding, 3, about(of)),
  Number: (binding, of) => numberValue(binding, 3.5, about(of)),
  DateTime: (binding, of) => dateTime(binding, '2026-03-01', about(of)),
  Pairwise: binding => pairwise(binding, 'left'),
  Ranker: binding => ranker(binding, ['b', 'a']),
  Chat: binding => chatMessage(binding, { role: 'assistant', content: 'Hi', createdAt: new Date(0) }),
  Labels: (binding, of) => {
    if (of !== undefined) return labels(binding, firstLabel(binding), { of })
    if (binding.objects[0]?.tag !== 'Audio') return labels(binding, firstLabel(binding), spanOf(text, 3, 15))
    return audioLabels(binding, firstLabel(binding), { startSeconds: 3.1, endSeconds: 8.2 }, { lengthSeconds: 18 })
  },
  HyperTextLabels: binding => hyperTextLabels(binding, firstLabel(binding), { globalOffsets: spanOf(text, 3, 15) }),
  ParagraphLabels: binding => paragraphLabels(binding, firstLabel(binding), { start: 0, startOffset: 0, endOffset: 5 }),
  TimeSeriesLabels: binding =>
    timeSeriesLabels(binding, firstLabel(binding), { start: 1592250751951, end: 1592250855000 }),
  Rectangle: binding => rectangle(binding, box, image),
  RectangleLabels: binding => rectangleLabels(binding, firstLabel(binding), { ...box, rotation: 10 }, image),
  Ellipse: binding => ellipse(binding, { x: 2, y: 1, radiusX: 1, radiusY: 0.5 }, image),
  EllipseLabels: binding =>
    ellipseLabels(binding, firstLabel(binding), { x: 2, y: 1, radiusX: 1, radiusY: 0.5 }, image),
  Polygon: binding => polygon(binding, corners, image),
  PolygonLabels: binding => polygonLabels(binding, firstLabel(binding), corners, image),
  KeyPoint: binding => keyPoint(binding, { x: 2, y: 1 }, image),
  KeyPointLabels: binding => keyPointLabels(binding, firstLabel(binding), { x: 2, y: 1 }, image),
  Brush: binding => brush(binding, mask, image),
  BrushLabels: binding => brushLabels(binding, firstLabel(binding), mask, image),
  Bitmask: binding => bitmask(binding, png, image),
  BitmaskLabels: binding => bitmaskLabels(binding, firstLabel(binding), png, image),
  Vector: binding => vector(binding, corners, image),
  VectorLabels: binding => vectorLabels(binding, firstLabel(binding), corners, { ...image, closed: true }),
  VideoRectangle: binding => videoRectangle(binding, keyFrames, video),
  TimelineLabels: binding => timelineLabels(binding, firstLabel(binding), { start: 3, end: 50 }),
}

function about(of: Region | undefined): { of?: Region } {
  return of === undefined ? {} : { of }
}

const drawing = new Set([
  'Chat',
  'Labels',
  'HyperTextLabels',
  'ParagraphLabels',
  'TimeSeriesLabels',
  'TimelineLabels',
  'VideoRectangle',
  ...['Rectangle', 'Ellipse', 'Polygon', 'KeyPoint', 'Brush', 'Bitmask', 'Vector'].flatMap(tool => [
    tool,
    `${tool}Labels`,
  ]),
])
