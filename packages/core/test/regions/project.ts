import { findBindings } from '../../src/label-config/find-bindings.ts'
import type { Binding } from '../../src/label-config/label-config.ts'
import { parseLabelConfig } from '../../src/label-config/parse-label-config.ts'

/** A project with a control of every kind, named as in the reference's examples of regions. */
export const labelConfig = parseLabelConfig(`<View>
  <Image name="img" value="$image"/>
  <RectangleLabels name="rl" toName="img"><Label value="Cat"/><Label value="Dog" alias="dog"/></RectangleLabels>
  <Rectangle name="rect" toName="img"/>
  <Labels name="lbl" toName="img"><Label value="Cat"/></Labels>
  <TextArea name="txt" toName="img" perRegion="true"/>
  <Choices name="quality" toName="img" perRegion="true"><Choice value="Sharp"/><Choice value="Blurred"/></Choices>
  <Rating name="certainty" toName="img" perRegion="true"/>
  <EllipseLabels name="el" toName="img"><Label value="Cat"/></EllipseLabels>
  <Ellipse name="ell" toName="img"/>
  <PolygonLabels name="pl" toName="img"><Label value="Cat"/></PolygonLabels>
  <Polygon name="pol" toName="img"/>
  <KeyPointLabels name="kp" toName="img"><Label value="Eye"/></KeyPointLabels>
  <KeyPoint name="point" toName="img"/>
  <BrushLabels name="br" toName="img"><Label value="Cat"/></BrushLabels>
  <Brush name="brush" toName="img"/>
  <BitmaskLabels name="bm" toName="img"><Label value="Cat"/></BitmaskLabels>
  <Bitmask name="mask" toName="img"/>
  <VectorLabels name="vl" toName="img"><Label value="Road"/></VectorLabels>
  <Vector name="vec" toName="img"/>
  <Text name="text" value="$text"/>
  <Labels name="ner" toName="text"><Label value="PER"/><Label value="ORG"/></Labels>
  <Choices name="cls" toName="text"><Choice value="Positive"/><Choice value="Negative"/></Choices>
  <Choices name="multi" toName="text" choice="multiple"><Choice value="A"/><Choice value="B"/></Choices>
  <Taxonomy name="tax" toName="text">
    <Choice value="Animal"><Choice value="Cat"/></Choice><Choice value="Plant"/>
  </Taxonomy>
  <TextArea name="sum" toName="text"/>
  <Rating name="stars" toName="text"/>
  <Number name="num" toName="text" max="10"/>
  <DateTime name="dt" toName="text"/>
  <HyperText name="html" value="$html"/>
  <HyperTextLabels name="ht" toName="html"><Label value="PER"/></HyperTextLabels>
  <Labels name="htl" toName="html"><Label value="PER"/></Labels>
  <Paragraphs name="dlg" value="$dialogue"/>
  <ParagraphLabels name="par" toName="dlg"><Label value="Greeting"/></ParagraphLabels>
  <Audio name="audio" value="$audio"/>
  <Labels name="al" toName="audio"><Label value="Voice"/></Labels>
  <TextArea name="tr" toName="audio" perRegion="true"/>
  <TimeSeries name="ts" value="$series"/>
  <TimeSeriesLabels name="tsl" toName="ts"><Label value="Run"/></TimeSeriesLabels>
  <Video name="video" value="$video"/>
  <VideoRectangle name="box" toName="video"/>
  <Labels name="vlbl" toName="video"><Label value="Car"/></Labels>
  <TimelineLabels name="tll" toName="video"><Label value="Moving"/></TimelineLabels>
  <Text name="txt-1" value="$one"/>
  <Text name="txt-2" value="$other"/>
  <Pairwise name="pw" toName="txt-1,txt-2"/>
  <List name="list" value="$list"/>
  <Ranker name="rank" toName="list"/>
</View>`)

const tags = [...labelConfig.controls.values()].map(({ tag }) => tag)
const bindings = new Map(findBindings(labelConfig, undefined, tags).map(binding => [binding.control.name, binding]))

/** The binding of a control of the project. */
export function bindingOf(name: string): Binding {
  const binding = bindings.get(name)
  if (binding === undefined) throw new Error(`the project has no control "${name}"`)
  return binding
}

/** Size of the project's images, pixels; not square, as most are not. */
export const image = { width: 1280, height: 720 }

/** What regions of these images carry. */
export const imageFields = { original_width: 1280, original_height: 720, image_rotation: 0 }

/** A box in pixels, and the same in percents of such an image. */
export const box = { x: 128, y: 144, width: 384, height: 108 }
export const boxPercents = { x: 10, y: 20, width: 30, height: 15, rotation: 0 }
