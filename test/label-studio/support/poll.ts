import { setTimeout as pause } from 'node:timers/promises'
import { eventually } from '../../support/model-server.ts'

/** As `eventually`, for another program's answer: asks five times a second, so that it has time to get there. */
export function poll<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean, withinMs = 90_000): Promise<T> {
  const askSlowly = async () => {
    const answer = await ask()
    if (!isRight(answer)) await pause(200)
    return answer
  }
  return eventually(askSlowly, isRight, withinMs)
}
