import { isNumber, type RuleInput } from './rule.ts'

/** Percents may fall below zero by rounding. Above 100 none may: Label Studio's own validator lets none pass. */
const tolerance = 0.05

export const percentHint = 'Builders turn pixels into percents: give them pixels and image: { width, height }.'

export function isPercent(value: unknown): value is number {
  return isNumber(value) && value >= -tolerance && value <= 100
}

export function checkPercent({ value, report }: RuleInput, key: string): void {
  if (!isPercent(value[key])) report(`value.${key}`, 'percents of the image, 0 to 100', value[key], percentHint)
}

/**
 * A region of an image carries the image's size in pixels. Without it the editor takes the size of the image that it shows; but it cannot
 * unpack a brush mask without.
 */
export function checkImageSize({ region, report }: RuleInput, isNeeded = false): void {
  for (const key of ['original_width', 'original_height'] as const) {
    const size = region[key]
    if ((isNumber(size) && size > 0) || (size === undefined && !isNeeded)) continue
    report(key, 'the size of the image, pixels', size, 'Builders write it: give them image: { width, height }.')
  }
}

/** A turn in degrees. What is none makes the editor take the region for no region. */
export function checkRotation({ value, report }: RuleInput): void {
  const { rotation } = value
  if (rotation === undefined || isNumber(rotation)) return
  report('value.rotation', 'degrees, clockwise', rotation, 'Write rotation: 0 for what is not turned.')
}
