import {
  BaseModel,
  type Binding,
  labelMap,
  labels,
  type ModelTask,
  type PredictContext,
  type Prediction,
  spanOf,
} from '@htx/core'
import { findEntities, type Kind, kinds } from './entities.ts'

/** Marks what an English text names: people, places, organisations, dates, money, by lexicon and rules. */
export default class NamedEntities extends BaseModel<object, [text: string]> {
  static override readonly inputTypes = ['Text']
  static override readonly outputTypes = ['Labels']

  override predict(tasks: readonly ModelTask<[text: string]>[], { binding, log }: PredictContext): Prediction[] {
    const labelOf = labelsByKind(binding)
    if (labelOf.size === 0) {
      log.warn('no label of the config names a kind of entity', {
        labels: binding.labels,
        kinds: Object.keys(kinds),
        mend: 'add predicted_values to the labels',
      })
    }
    return tasks.map(({ input }) => {
      const text = String(input[0])
      const found = findEntities(text, new Set(labelOf.keys()))
      return {
        result: found.map(({ kind, start, end }) =>
          labels(binding, [labelOf.get(kind) as string], spanOf(text, start, end)),
        ),
      }
    })
  }
}

/** Which label stands for which kind, by `predicted_values` or by one of the kind's names; kinds without a label are missing. */
function labelsByKind(binding: Binding): Map<Kind, string> {
  const byName = labelMap(binding, Object.values(kinds).flat())
  const byKind = new Map<Kind, string>()
  for (const [kind, names] of Object.entries(kinds)) {
    const label = names.map(name => byName.get(name)).find(found => found !== undefined)
    if (label !== undefined) byKind.set(kind as Kind, label)
  }
  return byKind
}
