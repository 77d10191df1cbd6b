import { HtxError } from '@htx/core'
import type { RunAnswer } from './messages.ts'
import type { Piece } from './predict-request.ts'

/** Gives each piece of a run its part of the answer. @param pieces in the order of the run */
export function giveOut(pieces: readonly Piece[], answer: RunAnswer): void {
  let offset = 0
  for (const [place, own] of answer.pieces.entries()) {
    const piece = pieces[place] as Piece
    const { watch } = piece.request.job
    if ('error' in own) {
      const error = HtxError.fromData(own.error)
      watch?.failed(piece, error)
      piece.request.fail(error)
      continue
    }
    watch?.answered(piece, own, answer.workMs)
    const text = answer.text.slice(offset, offset + own.length)
    offset += own.length
    piece.request.complete(piece, text, own.rejections, own.taskTimes)
  }
}

/** Tasks that the model had its time for. */
export function countAnswered(pieces: readonly Piece[], answer: RunAnswer): number {
  return answer.pieces.reduce((tasks, own, place) => {
    const { from, to } = pieces[place] as Piece
    return 'error' in own ? tasks : tasks + to - from - own.rejections.length
  }, 0)
}
