import { parseLabelConfig } from '../../src/label-config/parse-label-config.ts'
import type { Region } from '../../src/wire/region.ts'

/** A config with a control of every kind, and a task for it. */
export const labelConfig = parseLabelConfig(`<View>
  <Text name="text" value="$text"/>
  <Choices name="one" toName="text"><Choice value="Good" alias="good"/><Choice value="Bad"/></Choices>
  <Choices name="many" toName="text" choice="multiple"><Choice value="A"/><Choice value="B"/></Choices>
  <Choices name="any" toName="text" value="$options"/>
  <Choices name="nested" toName="text" allowNested="true"><Choice value="A"><Choice value="B"/></Choice></Choices>
  <Taxonomy name="tax" toName="text"><Choice value="A" alias="a"><Choice value="B"/></Choice></Taxonomy>
  <Taxonomy name="leafs" toName="text" leafsOnly="true"><Choice value="A"><Choice value="B"/></Choice></Taxonomy>
  <Taxonomy name="open" toName="text" allowAddLabels="true"><Choice value="A"/></Taxonomy>
  <Labels name="ner" toName="text"><Label value="PER"/><Label value="Dog" alias="canine"/></Labels>
  <Rating name="stars" toName="text" maxRating="7"/><Rating name="five" toName="text"/>
  <Number name="number" toName="text" min="0" max="10"/><Number name="free" toName="text"/>
  <DateTime name="day" toName="text"/><TextArea name="words" toName="text"/>
  <Text name="left" value="$left"/><Text name="right" value="$right"/><Pairwise name="pair" toName="left,right"/>
  <List name="list" value="$items"/><Ranker name="rank" toName="list"/>
  <Chat name="chat" value="$messages"/><Rating name="praise" toName="chat" perRegion="true"/>

  <Text name="page" value="$page" valueType="url"/><Labels name="far" toName="page"><Label value="PER"/></Labels>
  <Text name="code" value="$code" encoding="base64"/><Labels name="coded" toName="code"><Label value="PER"/></Labels>
  <HyperText name="html" value="$html"/><HyperTextLabels name="ht" toName="html"><Label value="PER"/></HyperTextLabels>
  <Paragraphs name="talk" value="$talk" textKey="said"/><ParagraphLabels name="par" toName="talk"><Label value="Q"/></ParagraphLabels>
  <Audio name="audio" value="$audio"/><Labels name="sound" toName="audio"><Label value="Voice"/></Labels>
  <TextArea name="speech" toName="audio" perRegion="true"/>
  <TimeSeries name="series" value="$series"/><TimeSeriesLabels name="ts" toName="series"><Label value="Run"/></TimeSeriesLabels>

  <Image name="img" value="$img"/>
  <RectangleLabels name="boxes" toName="img"><Label value="Cat"/></RectangleLabels>
  <RectangleLabels name="blank" toName="img" allowEmpty="true"><Label value="Cat"/></RectangleLabels>
  <Rectangle name="box" toName="img"/><Labels name="kind" toName="img"><Label value="Cat"/></Labels>
  <TextArea name="ocr" toName="img" perRegion="true"/>
  <EllipseLabels name="ell" toName="img"><Label value="Cat"/></EllipseLabels>
  <PolygonLabels name="poly" toName="img"><Label value="Cat"/></PolygonLabels>
  <KeyPointLabels name="point" toName="img"><Label value="Cat"/></KeyPointLabels>
  <BrushLabels name="brush" toName="img"><Label value="Cat"/></BrushLabels>
  <BitmaskLabels name="mask" toName="img"><Label value="Cat"/></BitmaskLabels>
  <VectorLabels name="vec" toName="img"><Label value="Cat"/></VectorLabels>

  <Video name="video" value="$video"/><VideoRectangle name="track" toName="video"/>
  <Labels name="car" toName="video"><Label value="Car"/></Labels>
  <TimelineLabels name="line" toName="video"><Label value="Moving"/></TimelineLabels>
  <Repeater on="$pages" indexFlag="{{idx}}">
    <Image name="page_{{idx}}" value="$pages[{{idx}}].url"/>
    <Choices name="sort_{{idx}}" toName="page_{{idx}}"><Choice value="A"/></Choices>
  </Repeater>
  <BrandNew name="new" toName="text"/>
</View>`)

export const task = {
  data: {
    text: '😀 Ada',
    page: 'https://example.org/page.txt',
    code: 'QWRh',
    items: [{ id: 'a' }, { id: 'b' }],
    talk: [{ said: 'hello' }, { said: 'you' }],
  },
}

export const box = { x: 10, y: 10, width: 20, height: 20, rotation: 0 }

const imageSize = { original_width: 2, original_height: 2 }
const types: Record<string, string> = { Chat: 'chatmessage' }

/** A region of a control, right but for what the value says. */
export function region(from_name: string, value: object, extra: object = {}): Region {
  const control = labelConfig.controls.get(from_name)
  if (control === undefined) throw new Error(`no control ${from_name}`)
  const to_name = control.toName[0] as string
  const size = to_name === 'img' ? imageSize : {}
  return {
    id: 'r1',
    from_name,
    to_name,
    type: types[control.tag] ?? control.tag.toLowerCase(),
    ...size,
    value: { ...value },
    ...extra,
  }
}
