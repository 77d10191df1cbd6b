import { BaseModel } from '@htx/core'

export default class NeedsTraining extends BaseModel<{ label: string }> {
  static override readonly inputTypes = ['Text']
  static override readonly outputTypes = ['Choices']
  static override readonly requiresTraining = true

  override predict(): never[] {
    throw new Error('never asked before the first version')
  }
}
