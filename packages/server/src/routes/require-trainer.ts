import { HtxError } from '@htx/core'
import type { Trainer } from '../jobs/trainer.ts'
import type { RouteContext } from './context.ts'

/** What trains, for a route that needs it. @throws HtxError `HTX_NOT_TRAINABLE`, `HTX_TRAINING_UNAVAILABLE`, `HTX_DRAINING` */
export function requireTrainer({ facts, trainer, isDraining, whyNothingTrains }: RouteContext): Trainer {
  if (isDraining()) throw new HtxError('HTX_DRAINING', 'the server is shutting down', { retryAfterSeconds: 5 })
  if (!facts.trains) {
    throw new HtxError(
      'HTX_NOT_TRAINABLE',
      `${facts.className} cannot be trained: its module exports no function "train". Add one, or start with --train <module>`,
    )
  }
  if (trainer === undefined) {
    throw new HtxError(
      'HTX_TRAINING_UNAVAILABLE',
      `nothing can be trained or remembered now: ${whyNothingTrains() ?? 'the state file is still being opened'}`,
      {
        retryAfterSeconds: 60,
      },
    )
  }
  return trainer
}
