/** A label config: how a project shows its tasks and what can be said about them. */
export interface LabelConfig {
  /** Control tags by name, in document order. */
  readonly controls: ReadonlyMap<string, ControlTag>
  /** Object tags by name, in document order. */
  readonly objects: ReadonlyMap<string, ObjectTag>
}

/** A tag that makes regions, such as `<Choices>`: an output of the model. */
export interface ControlTag {
  readonly name: string
  /** As written, such as `RectangleLabels`. */
  readonly tag: string
  /** Names of the object tags that it refers to. */
  readonly toName: readonly string[]
  /** Labels or choices in document order; nested ones (Taxonomy, Choices with `allowNested`) as a tree. */
  readonly labels: readonly Label[]
  /** True when labels come from the task (`value="$labels"`) or an `apiUrl`, so that any label may be right. */
  readonly dynamicLabels: boolean
  /** True when it says something about one region and not about the whole task. */
  readonly perRegion: boolean
  /** True when a region drawn with it asks the model at once (interactive predictions). */
  readonly smart: boolean
  /** All attributes as written, `model_*` among them. */
  readonly attributes: Readonly<Record<string, string>>
}

/** A tag that shows data, such as `<Text>`: an input of the model. */
export interface ObjectTag {
  readonly name: string
  readonly tag: string
  /** Key of the task's data (`$text` → `text`), or undefined when the tag shows something fixed. */
  readonly dataKey: string | undefined
  /** What is written in `value` or `valueList` when it is no variable. */
  readonly literal: string | undefined
  /** True for `valueList`: the data is a list (several images). */
  readonly isList: boolean
  /** `url`, `text`, `json`, … when given. */
  readonly valueType: string | undefined
  readonly attributes: Readonly<Record<string, string>>
}

/** A label or choice. What stands in regions is `value` here: the alias when there is one. */
export interface Label {
  /** What stands in results: `alias` if there is one, else `value`. */
  readonly value: string
  /** What the person sees. */
  readonly text: string
  readonly hotkey: string | undefined
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Label[]
}

/** A control tag and the object tags that it refers to: what a model serves. */
export interface Binding {
  readonly control: ControlTag
  /** In the order of `toName`. */
  readonly objects: readonly ObjectTag[]
  /** Values that may stand in regions; for a tree those of all its nodes; empty when they are dynamic or there are none. */
  readonly labels: readonly string[]
}
