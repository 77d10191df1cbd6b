/** Label configs with what Label Studio's templates leave out, by what they are about. */
export const moreConfigs: Readonly<Record<string, string>> = {
  choices: `<View>
  <Text name="text" value="$text"/>
  <Choices name="one" toName="text"><Choice value="Good" alias="good"/><Choice value="Bad"/></Choices>
  <Choices name="many" toName="text" choice="multiple"><Choice value="A"/><Choice value="B"/></Choices>
  <Choices name="nested" toName="text" allowNested="true"><Choice value="A"><Choice value="B"/></Choice></Choices>
</View>`,
  taxonomy: `<View>
  <Text name="text" value="$text"/>
  <Taxonomy name="tree" toName="text"><Choice value="A" alias="a"><Choice value="B"/><Choice value="C"/></Choice></Taxonomy>
  <Taxonomy name="leafs" toName="text" leafsOnly="true"><Choice value="D"><Choice value="E"/></Choice></Taxonomy>
  <Taxonomy name="open" toName="text" allowAddLabels="true"><Choice value="F"/></Taxonomy>
</View>`,
  values: `<View>
  <Text name="text" value="$text"/>
  <Rating name="stars" toName="text" maxRating="7"/><Rating name="five" toName="text"/>
  <Number name="bounded" toName="text" min="0" max="10"/><Number name="free" toName="text"/>
  <DateTime name="day" toName="text"/><TextArea name="words" toName="text"/>
</View>`,
  comparing: `<View>
  <Text name="left" value="$left"/><Text name="right" value="$right"/><Pairwise name="pair" toName="left,right"/>
  <List name="list" value="$items"/><Ranker name="rank" toName="list"/>
</View>`,
  text: `<View>
  <Text name="text" value="$text"/>
  <Labels name="ner" toName="text"><Label value="PER"/><Label value="Dog" alias="canine"/></Labels>
  <Choices name="sure" toName="text" perRegion="true"><Choice value="yes"/></Choices>
</View>`,
  html: `<View>
  <HyperText name="html" value="$html"/><HyperTextLabels name="marks" toName="html"><Label value="PER"/></HyperTextLabels>
</View>`,
  dialogue: `<View>
  <Paragraphs name="talk" value="$talk" textKey="said"/>
  <ParagraphLabels name="acts" toName="talk"><Label value="Question"/><Label value="Answer"/></ParagraphLabels>
</View>`,
  sound: `<View>
  <Audio name="audio" value="$audio"/><Labels name="sound" toName="audio"><Label value="Voice"/></Labels>
  <TextArea name="speech" toName="audio" perRegion="true"/>
</View>`,
  series: `<View>
  <TimeSeries name="series" value="$series"><Channel column="one"/></TimeSeries>
  <TimeSeriesLabels name="runs" toName="series"><Label value="Run"/></TimeSeriesLabels>
</View>`,
  'labelled shapes': `<View>
  <Image name="img" value="$img"/>
  <RectangleLabels name="boxes" toName="img"><Label value="Cat"/><Label value="Dog"/></RectangleLabels>
  <EllipseLabels name="ellipses" toName="img"><Label value="Cat"/></EllipseLabels>
  <PolygonLabels name="polygons" toName="img"><Label value="Cat"/></PolygonLabels>
  <KeyPointLabels name="points" toName="img"><Label value="Eye"/></KeyPointLabels>
  <TextArea name="caption" toName="img" perRegion="true"/>
</View>`,
  'empty labels': `<View>
  <Image name="img" value="$img"/>
  <RectangleLabels name="boxes" toName="img" allowEmpty="true"><Label value="Cat"/></RectangleLabels>
</View>`,
  tools: `<View>
  <Image name="img" value="$img"/>
  <Rectangle name="box" toName="img"/><Ellipse name="ellipse" toName="img"/><Polygon name="polygon" toName="img"/>
  <KeyPoint name="point" toName="img"/><Brush name="brush" toName="img"/><Vector name="vector" toName="img"/>
  <Labels name="kind" toName="img"><Label value="Cat"/><Label value="Dog"/></Labels>
</View>`,
  pages: `<View>
  <Image name="pages" valueList="$pages"/>
  <RectangleLabels name="boxes" toName="pages"><Label value="Title"/></RectangleLabels>
  <Choices name="sort" toName="pages" perItem="true"><Choice value="Letter"/><Choice value="Bill"/></Choices>
</View>`,
  masks: `<View>
  <Image name="img" value="$img"/>
  <BrushLabels name="brush" toName="img"><Label value="Sky"/></BrushLabels>
</View>`,
  bitmasks: `<View>
  <Image name="img" value="$img"/>
  <Bitmask name="plain" toName="img"/><BitmaskLabels name="mask" toName="img"><Label value="Sky"/></BitmaskLabels>
</View>`,
  vectors: `<View>
  <Image name="img" value="$img"/>
  <VectorLabels name="roads" toName="img"><Label value="Road"/></VectorLabels>
</View>`,
  video: `<View>
  <Labels name="kinds" toName="video"><Label value="Car"/><Label value="Bus"/></Labels>
  <Video name="video" value="$video" framerate="25"/><VideoRectangle name="track" toName="video"/>
  <TimelineLabels name="line" toName="video"><Label value="Moving"/></TimelineLabels>
</View>`,
  chat: `<View>
  <Chat name="chat" value="$messages"/>
  <Rating name="stars" toName="chat" perRegion="true"/>
</View>`,
}
