import { HtxError } from '../errors/htx-error.ts'
import { labelValues } from './config-builder.ts'
import type { Binding, ControlTag, LabelConfig, ObjectTag } from './label-config.ts'

/** How many pairs of a config an error names. */
const mostPairsNamed = 8

/** As much of it as fits in a reason phrase; names may be of any length, and their lists too. */
const longestMessage = 200

/**
 * Finds what a model can serve in a label config: the controls that it fills, over objects that it reads, in document order.
 *
 * @param inputTypes object tags that the model reads; undefined: any
 * @param outputTypes control tags that it fills
 * @throws HtxError `HTX_LABEL_CONFIG_UNFIT` in one line that names both sides: Label Studio shows it as the reason phrase
 */
export function findBindings(
  labelConfig: LabelConfig,
  inputTypes: readonly string[] | undefined,
  outputTypes: readonly string[],
): [Binding, ...Binding[]] {
  const bindings: Binding[] = []
  for (const control of labelConfig.controls.values()) {
    if (!outputTypes.includes(control.tag)) continue
    const objects = objectsOf(control, labelConfig)
    if (objects === undefined || !objects.every(({ tag }) => reads(inputTypes, tag))) continue
    bindings.push({ control, objects, labels: control.dynamicLabels ? [] : [...new Set(labelValues(control.labels))] })
  }
  const [first, ...more] = bindings
  if (first === undefined) throw unfit(labelConfig, inputTypes, outputTypes)
  return [first, ...more]
}

/** @returns undefined when a name in `toName` is no object of the config */
function objectsOf(control: ControlTag, { objects }: LabelConfig): readonly ObjectTag[] | undefined {
  const found = control.toName.flatMap(name => objects.get(name) ?? [])
  return found.length === control.toName.length && found.length > 0 ? found : undefined
}

function reads(inputTypes: readonly string[] | undefined, tag: string): boolean {
  return inputTypes === undefined || inputTypes.some(type => sameObject(type, tag))
}

/** `AudioPlus` is the older name of `Audio`. */
function sameObject(one: string, other: string): boolean {
  return one === other || (isAudio(one) && isAudio(other))
}

function isAudio(tag: string): boolean {
  return tag === 'Audio' || tag === 'AudioPlus'
}

function unfit(
  config: LabelConfig,
  inputTypes: readonly string[] | undefined,
  outputTypes: readonly string[],
): HtxError {
  const wanted = `${list(outputTypes, 'or')} over ${inputTypes === undefined ? 'any object' : list(inputTypes, 'or')}`
  const pairs = new Set(
    [...config.controls.values()].map(
      control => `${control.tag.slice(0, longestMessage)} over ${targets(control, config)}`,
    ),
  )
  const named = list([...pairs].slice(0, mostPairsNamed), 'and')
  const more = pairs.size > mostPairsNamed ? ' and more' : ''
  const message = `the model wants ${wanted}; this config has ${named === '' ? 'no controls' : named + more}`
  const line = message.replaceAll(/\s+/g, ' ')
  return new HtxError(
    'HTX_LABEL_CONFIG_UNFIT',
    line.length > longestMessage ? `${line.slice(0, longestMessage - 3)}...` : line,
  )
}

function targets({ toName }: ControlTag, { objects }: LabelConfig): string {
  const named = toName.slice(0, mostPairsNamed).map(name => {
    const tag = objects.get(name)?.tag.slice(0, longestMessage)
    return tag ?? `"${name.slice(0, longestMessage)}", which no object tag is called`
  })
  return list(named, 'and')
}

function list(words: readonly string[], joiner: string): string {
  if (words.length < 2) return words[0] ?? ''
  return `${words.slice(0, -1).join(', ')} ${joiner} ${words.at(-1)}`
}
