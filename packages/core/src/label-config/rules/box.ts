import { checkImageSize, checkRotation, isPercent, percentHint } from './percent.ts'
import { isIndex, isNumber, isRecord, isTextList, type Rule, type RuleInput } from './rule.ts'

/** Percents by which the far edge may pass the picture's. */
const rounding = 0.05

type Box = Readonly<Record<string, unknown>>

interface BoxFault {
  readonly key: string
  readonly expected: string
}

export const rectangleRule: Rule = input => {
  const { value, report } = input
  checkImageSize(input)
  checkRotation(input)
  const fault =
    placeFault(value, isTurned(value) ? isNumber : isPercent) ??
    sizeFault(value) ??
    edgeFault(value) ??
    middleFault(input)
  if (fault !== undefined) report(`value.${fault.key}`, fault.expected, value[fault.key], percentHint)
}

const videoHint = 'Make tracks with videoRectangle.'

/** Frames are counted from 1. What moves may leave the picture, so a box may lie across its edge. */
export const videoRectangleRule: Rule = ({ value, report }) => {
  const { sequence, framesCount, duration, labels } = value
  if (labels !== undefined && labels !== null && !isTextList(labels)) {
    report('value.labels', 'a list of labels', labels, "Write labels: ['…'], a list even for one, or leave it out.")
  }
  if (!Array.isArray(sequence) || sequence.length === 0) {
    report('value.sequence', 'a list of key frames', sequence, videoHint)
    return
  }
  if (!isIndex(framesCount)) report('value.framesCount', 'how many frames the video has', framesCount, videoHint)
  if (!isNumber(duration)) report('value.duration', 'how long the video is, seconds', duration, videoHint)
  for (let place = 0; place < sequence.length; place += 1) {
    const keyFrame: unknown = sequence[place]
    if (!isRecord(keyFrame)) {
      report(`value.sequence[${place}]`, 'a key frame', keyFrame, videoHint)
      continue
    }
    const { frame, time, rotation } = keyFrame
    if (!isIndex(frame) || frame < 1) {
      report(`value.sequence[${place}].frame`, 'a frame, counted from 1', frame, 'The first frame of a video is 1.')
    }
    if (!isNumber(time)) report(`value.sequence[${place}].time`, 'seconds from the beginning', time, videoHint)
    if (rotation !== undefined && rotation !== null && !isNumber(rotation)) {
      report(`value.sequence[${place}].rotation`, 'degrees, clockwise', rotation, videoHint)
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
  if (x + width > 100 + rounding) return { key: 'width', expected: `at most 100 together with x, which is ${x}` }
  if (y + height > 100 + rounding) return { key: 'height', expected: `at most 100 together with y, which is ${y}` }
  return undefined
}

/** Of a turned box the middle must lie in the picture. Turned are lengths in pixels, so that percents need the picture's shape. */
function middleFault({ value, region }: RuleInput): BoxFault | undefined {
  if (!isTurned(value)) return undefined
  const { original_width, original_height } = region
  const ratio = isNumber(original_width) && isNumber(original_height) ? original_height / original_width : 1
  const { x, y, width, height, rotation } = value as Readonly<
    Record<'x' | 'y' | 'width' | 'height' | 'rotation', number>
  >
  const angle = (rotation * Math.PI) / 180
  const [along, down] = [width / 2, (height / 2) * ratio]
  const middleX = x + along * Math.cos(angle) - down * Math.sin(angle)
  const middleY = y + (along * Math.sin(angle) + down * Math.cos(angle)) / ratio
  const key = !isWithin(middleX) ? 'x' : !isWithin(middleY) ? 'y' : undefined
  return key === undefined ? undefined : { key, expected: 'a turned box whose middle lies in the picture' }
}

/** In the picture, or past its edge by rounding: a pixel of a small one is a percent. */
function isWithin(percent: number): boolean {
  return percent >= -1 && percent <= 101
}

/** Within one picture's size of the picture: further out nothing of it can be seen. */
function isNearby(value: unknown): boolean {
  return isNumber(value) && value >= -100 && value <= 100
}
