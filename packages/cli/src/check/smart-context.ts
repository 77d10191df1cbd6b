import {
  audioLabels,
  type Binding,
  brush,
  brushLabels,
  choices,
  ellipse,
  ellipseLabels,
  findBindings,
  keyPoint,
  keyPointLabels,
  type LabelConfig,
  labels,
  type Region,
  rectangle,
  rectangleLabels,
  textArea,
} from '@htx/core'

/** The editor sends the size of the image with each region; any will do. */
const image = { width: 640, height: 480 }
const box = { x: 160, y: 120, width: 320, height: 240 }

type Draw = (binding: Binding) => Region | undefined

/** What a person would do with a smart tool: a click in the middle, a box about it, the first words of a text. */
const drawings: Readonly<Record<string, Draw>> = {
  KeyPoint: binding => positive(keyPoint(binding, { x: 320, y: 240 }, { image })),
  KeyPointLabels: binding => positive(keyPointLabels(binding, firstLabel(binding), { x: 320, y: 240 }, { image })),
  Rectangle: binding => rectangle(binding, box, { image }),
  RectangleLabels: binding => rectangleLabels(binding, firstLabel(binding), box, { image }),
  Ellipse: binding => ellipse(binding, { x: 320, y: 240, radiusX: 100, radiusY: 80 }, { image }),
  EllipseLabels: binding =>
    ellipseLabels(binding, firstLabel(binding), { x: 320, y: 240, radiusX: 100, radiusY: 80 }, { image }),
  Brush: binding => brush(binding, mask(), { image }),
  BrushLabels: binding => brushLabels(binding, firstLabel(binding), mask(), { image }),
  Labels: span,
  TextArea: binding => textArea(binding, ['What is this?']),
  Choices: binding => choices(binding, firstLabel(binding)),
}

export interface SmartContext {
  /** The control, such as `KeyPointLabels`. */
  readonly tag: string
  readonly context: { readonly result: readonly Region[] }
}

/** What the editor sends when a smart tool of the config is used; undefined when it has none that we can draw with. */
export function smartContext(labelConfig: LabelConfig): SmartContext | undefined {
  for (const { tag, smart } of labelConfig.controls.values()) {
    const draw = drawings[tag]
    if (!smart || draw === undefined) continue
    const binding = findBindings(labelConfig, undefined, [tag]).find(({ control }) => control.smart)
    const region = binding === undefined ? undefined : draw(binding)
    if (region !== undefined) return { tag, context: { result: [region] } }
  }
  return undefined
}

/** Labels of what another tool draws are no drawing. */
function span(binding: Binding): Region | undefined {
  const tag = binding.objects[0]?.tag
  if (tag === 'Audio') return audioLabels(binding, firstLabel(binding), { startSeconds: 0, endSeconds: 1 })
  return tag === 'Text' || tag === 'HyperText' ? labels(binding, firstLabel(binding), { start: 0, end: 1 }) : undefined
}

/** Where the editor writes it: on the region; Alt-click is negative. */
function positive(region: Region): Region {
  return { ...region, is_positive: true }
}

function firstLabel({ labels: [label] }: Binding): string[] {
  return [label ?? 'label']
}

function mask(): Uint8Array {
  const bytes = new Uint8Array(image.width * image.height)
  for (let y = box.y; y < box.y + box.height; y += 1) {
    bytes.fill(1, y * image.width + box.x, y * image.width + box.x + box.width)
  }
  return bytes
}
