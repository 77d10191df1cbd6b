import { BaseModel, choices, type LoadContext, type ModelTask, type PredictContext } from '@htx/core'

/** Ends its process when a session may use three threads, as the kernel does when memory is short. */
export default class EndedByThreads extends BaseModel {
  static override readonly inputTypes = ['Text']
  static override readonly outputTypes = ['Choices']

  override load(_resources: object, { threads }: LoadContext): void {
    if (threads === 3) process.kill(process.pid, 'SIGKILL')
  }

  override predict(tasks: readonly ModelTask[], { binding }: PredictContext) {
    return tasks.map(() => ({ result: [choices(binding, ['Positive'])] }))
  }
}
