import type { Readable } from 'node:stream'
import { compileSchema } from '@htx/core'
import { type TrainMessage, TrainMessageSchema } from './messages.ts'

/** Characters of a line; a longer one is no message of ours. */
const longestLine = 256 * 1024

const checkMessage = compileSchema<TrainMessage>(TrainMessageSchema, { code: 'HTX_TRAINING_FAILED', what: 'a message' })

/** Hears the messages of a training process. Code of the user may write anything there: what is no message is passed over. */
export function readMessages(stream: Readable, onMessage: (message: TrainMessage) => void): void {
  let partial = ''
  let isTooLong = false
  stream.setEncoding('utf8').on('data', (text: string) => {
    const [first = '', ...others] = text.split('\n')
    partial += first
    for (const next of others) {
      if (!isTooLong) tell(partial)
      isTooLong = false
      partial = next
    }
    if (partial.length <= longestLine) return
    isTooLong = true
    partial = ''
  })

  function tell(line: string): void {
    let message: TrainMessage
    try {
      message = checkMessage(JSON.parse(line))
    } catch {
      return
    }
    onMessage(message)
  }
}
