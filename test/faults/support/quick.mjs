import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { BaseModel } from '@htx/core'

// For a server that is started some hundred times: JavaScript, because compilers of TypeScript take most of a start.

/** Says nothing of any task. */
export default class Quick extends BaseModel {
  static inputTypes = ['Text']
  static outputTypes = ['Choices']

  load() {
    return Promise.resolve()
  }

  predict(tasks) {
    return tasks.map(() => null)
  }
}

/** Notes what it was trained on; `params.training` says what it does before: `pause 300`, or `spin 300`, in which it hears nothing. */
export async function train(items, workingDir, { params, progress }) {
  const seen = []
  for await (const { id } of items) seen.push(id)
  progress(0.5, 'half of it')
  const [command, argument] = String(params.training ?? '').split(' ')
  if (command === 'pause') await pause(Number(argument))
  if (command === 'spin') spin(Number(argument))
  const seenFile = join(workingDir, 'seen.json')
  await writeFile(seenFile, JSON.stringify(seen))
  return { seenFile }
}

function spin(forMs) {
  process.on('SIGTERM', () => {})
  for (const end = performance.now() + forMs; performance.now() < end; );
}
