import { setTimeout as pause } from 'node:timers/promises'
import {
  BaseModel,
  type ModelTask,
  type PredictContext,
  type TaskPredictions,
  type TrainContext,
  type TrainFn,
  textArea,
} from '@htx/core'

const ownNames = Object.getOwnPropertyNames(Object.prototype)

/** Says what it was given; and instead, when something has changed what all objects inherit. */
export default class Echo extends BaseModel {
  static override readonly inputTypes = undefined
  static override readonly outputTypes = ['TextArea']

  override predict(tasks: readonly ModelTask[], { binding, project = 'none' }: PredictContext): TaskPredictions[] {
    // Of a region it has nothing to say.
    if (binding.control.perRegion) return tasks.map(() => null)
    const strange = Object.getOwnPropertyNames(Object.prototype).filter(name => !ownNames.includes(name))
    const said = strange.length === 0 ? project : `all objects have ${strange}`
    return tasks.map(({ input: [text] }) => ({ result: [textArea(binding, [shown(text), said])] }))
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 1_000) : typeof value
}

/** Does not end by itself. */
export const train: TrainFn = async (_items, _workingDir, { signal }: TrainContext) => {
  await pause(2 ** 31 - 1, undefined, { signal })
  return {}
}
