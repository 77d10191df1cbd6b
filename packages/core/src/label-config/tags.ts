import type { ControlTag } from './label-config.ts'

/** What a region of a control tag holds; decides how it is checked. */
export type ControlFamily =
  | 'choices'
  | 'taxonomy'
  | 'text-area'
  | 'rating'
  | 'number'
  | 'date-time'
  | 'pairwise'
  | 'ranker'
  | 'chat'
  /** `Labels`: a span of text or audio, or the label of a region that another tool drew. */
  | 'labels'
  | 'hypertext-span'
  | 'paragraph-span'
  | 'time-series-span'
  | 'rectangle'
  | 'ellipse'
  | 'polygon'
  | 'key-point'
  | 'brush'
  | 'bitmask'
  | 'vector'
  | 'video-rectangle'
  | 'timeline'
  /** Kept and let through: Label Studio knows it, its regions are not described. */
  | 'opaque'

export interface ControlFacts {
  /** `type` of its regions on the wire. */
  readonly type: string
  readonly family: ControlFamily
  /** Key of the labels in a region's value; undefined when it has none. */
  readonly labelsKey?: string
}

/**
 * Every control tag of Label Studio.
 * Source: label_studio_sdk label_interface/control_tags.py and the editor's regions/Result.js, 1.22.
 */
export const controlTags: Readonly<Record<string, ControlFacts>> = {
  Choices: { type: 'choices', family: 'choices' },
  Taxonomy: { type: 'taxonomy', family: 'taxonomy' },
  TextArea: { type: 'textarea', family: 'text-area' },
  Rating: { type: 'rating', family: 'rating' },
  Number: { type: 'number', family: 'number' },
  DateTime: { type: 'datetime', family: 'date-time' },
  Pairwise: { type: 'pairwise', family: 'pairwise' },
  Ranker: { type: 'ranker', family: 'ranker' },
  Labels: { type: 'labels', family: 'labels', labelsKey: 'labels' },
  HyperTextLabels: { type: 'hypertextlabels', family: 'hypertext-span', labelsKey: 'hypertextlabels' },
  ParagraphLabels: { type: 'paragraphlabels', family: 'paragraph-span', labelsKey: 'paragraphlabels' },
  TimeSeriesLabels: { type: 'timeserieslabels', family: 'time-series-span', labelsKey: 'timeserieslabels' },
  Rectangle: { type: 'rectangle', family: 'rectangle' },
  RectangleLabels: { type: 'rectanglelabels', family: 'rectangle', labelsKey: 'rectanglelabels' },
  Ellipse: { type: 'ellipse', family: 'ellipse' },
  EllipseLabels: { type: 'ellipselabels', family: 'ellipse', labelsKey: 'ellipselabels' },
  Polygon: { type: 'polygon', family: 'polygon' },
  PolygonLabels: { type: 'polygonlabels', family: 'polygon', labelsKey: 'polygonlabels' },
  KeyPoint: { type: 'keypoint', family: 'key-point' },
  KeyPointLabels: { type: 'keypointlabels', family: 'key-point', labelsKey: 'keypointlabels' },
  Brush: { type: 'brush', family: 'brush' },
  BrushLabels: { type: 'brushlabels', family: 'brush', labelsKey: 'brushlabels' },
  Bitmask: { type: 'bitmask', family: 'bitmask' },
  BitmaskLabels: { type: 'bitmasklabels', family: 'bitmask', labelsKey: 'bitmasklabels' },
  Vector: { type: 'vector', family: 'vector' },
  VectorLabels: { type: 'vectorlabels', family: 'vector', labelsKey: 'vectorlabels' },
  VideoRectangle: { type: 'videorectangle', family: 'video-rectangle' },
  TimelineLabels: { type: 'timelinelabels', family: 'timeline', labelsKey: 'timelinelabels' },
  Chat: { type: 'chatmessage', family: 'chat' },
  ChatMessage: { type: 'chatmessage', family: 'chat' },
  MagicWand: { type: 'magicwand', family: 'opaque' },
  OcrLabels: { type: 'ocrlabels', family: 'opaque', labelsKey: 'ocrlabels' },
  VideoVector: { type: 'videovector', family: 'opaque' },
  VideoVectorLabels: { type: 'videovectorlabels', family: 'opaque' },
  ReactCode: { type: 'reactcode', family: 'opaque' },
  CustomInterface: { type: 'custominterface', family: 'opaque' },
  Relations: { type: 'relation', family: 'opaque' },
}

/** Tags that show data and hold what is said about it at once: with a name alone they are object and control. */
export const selfReferringTags: ReadonlySet<string> = new Set(['Chat', 'ReactCode', 'CustomInterface'])

/** Tags that stand inside a control and name one of its labels. */
export const labelTags: ReadonlySet<string> = new Set(['Label', 'Choice', 'Relation'])

/** Families whose regions lie on an image and carry its size. */
export const imageFamilies: ReadonlySet<ControlFamily> = new Set([
  'rectangle',
  'ellipse',
  'polygon',
  'key-point',
  'brush',
  'bitmask',
  'vector',
])

/** Families that speak about the whole task, or with `perRegion` about a region that another control drew. */
const speakingFamilies: ReadonlySet<ControlFamily> = new Set([
  'choices',
  'taxonomy',
  'text-area',
  'rating',
  'number',
  'date-time',
  'pairwise',
  'ranker',
])

/** True when entries of the control are regions themselves, as messages of a chat are; those of a Taxonomy are with `labeling`. */
export function drawsRegions({ tag, attributes }: ControlTag): boolean {
  return !speakingFamilies.has(controlFacts(tag).family) || attributes.labeling === 'true'
}

/** A tag that Label Studio may have added since is let through under its lower-cased name, as the editor names types. */
export function controlFacts(tag: string): ControlFacts {
  return (
    (Object.hasOwn(controlTags, tag) ? controlTags[tag] : undefined) ?? { type: tag.toLowerCase(), family: 'opaque' }
  )
}
