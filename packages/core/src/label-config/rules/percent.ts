import { isNumber, type RuleInput } from './rule.ts'

/** Percents may miss the edge by rounding. */
const tolerance = 0.05

export const percentHint = 'Builders turn pixels into percents: give them pixels and image: { width, height }.'

export function isPercent(value: unknown): value is number {
  return isNumber(value) && value >= -tolerance && value <= 100 + tolerance
}

export function checkPercent({ value, report }: RuleInput, key: string): void {
  if (!isPercent(value[key])) report(`value.${key}`, 'percents of the image, 0 to 100', value[key], percentHint)
}

/** Every region of an image carries the image's size in pixels. */
export function checkImageSize({ region, report }: RuleInput): void {
  for (const key of ['original_width', 'original_height'] as const) {
    const size = region[key]
    if (isNumber(size) && size > 0) continue
    report(key, 'the size of the image, pixels', size, 'Builders write it: give them image: { width, height }.')
  }
}
