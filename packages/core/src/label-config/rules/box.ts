import { checkImageSize, isPercent, percentHint } from './percent.ts'
import { isIndex, isNumber, isRecord, type Rule } from './rule.ts'

type Box = Readonly<Record<string, unknown>>

interface BoxFault {
  readonly key: string
  readonly expected: string
}

export const rectangleRule: Rule = input => {
  const { value, report } = input
  checkImageSize(input)
  const fault = placeFault(value, isTurned(value) ? isNumber : isPercent) ?? sizeFault(value) ?? edgeFault(value)
  if (fault !== undefined) report(`value.${fault.key}`, fault.expected, value[fault.key], percentHint)
}

/** Frames are counted from 1. What moves may leave the picture, so a box may lie across its edge. */
export const videoRectangleRule: Rule = ({ value, report }) => {
  const { sequence } = value
  if (!Array.isArray(sequence) || sequence.length === 0) {
    report('value.sequence', 'a list of key frames', sequence, 'Make them with videoRectangle.')
    return
  }
  for (let place = 0; place < sequence.length; place += 1) {
    const keyFrame: unknown = sequence[place]
    if (!isRecord(keyFrame)) {
      report(`value.sequence[${place}]`, 'a key frame', keyFrame, 'Make them with videoRectangle.')
      continue
    }
    const { frame } = keyFrame
    if (!isIndex(frame) || frame < 1) {
      report(`value.sequence[${place}].frame`, 'a frame, counted from 1', frame, 'The first frame of a video is 1.')
    }
    const fault = placeFault(keyFrame, isNearby) ?? sizeFault(keyFrame)
    if (fault === undefined) continue
    const { key, expected } = fault
    report(`value.sequence[${place}].${key}`, expected, keyFrame[key], 'Give videoRectangle pixels and the frameSize.')
  }
}

/** A turned box may begin outside of the picture, and be longer than one of its sides. */
function isTurned({ rotation }: Box): boolean {
  return isNumber(rotation) && rotation !== 0
}

function placeFault(box: Box, isRight: (value: unknown) => boolean): BoxFault | undefined {
  const key = !isRight(box.x) ? 'x' : !isRight(box.y) ? 'y' : undefined
  return key === undefined ? undefined : { key, expected: 'percents of the picture, 0 to 100' }
}

function sizeFault(box: Box): BoxFault | undefined {
  const fits = isTurned(box) ? isNumber : isPercent
  for (const key of ['width', 'height'] as const) {
    const size = box[key]
    if (!fits(size) || (size as number) <= 0) return { key, expected: 'percents of the picture, above 0 and up to 100' }
  }
  return undefined
}

function edgeFault(box: Box): BoxFault | undefined {
  if (isTurned(box)) return undefined
  const { x, y, width, height } = box as Readonly<Record<'x' | 'y' | 'width' | 'height', number>>
  if (!isPercent(x + width)) return { key: 'width', expected: `at most 100 together with x, which is ${x}` }
  if (!isPercent(y + height)) return { key: 'height', expected: `at most 100 together with y, which is ${y}` }
  return undefined
}

/** Within one picture's size of the picture: further out nothing of it can be seen. */
function isNearby(value: unknown): boolean {
  return isNumber(value) && value >= -100 && value <= 100
}
