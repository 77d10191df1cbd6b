import { checkImageSize } from './percent.ts'
import { isNumber, type Rule } from './rule.ts'

/** RLE as the editor packs it: four words a pixel, their number in the first four bytes. */
export const brushRule: Rule = input => {
  const { value, region, report } = input
  checkImageSize(input, true)
  const { rle, format, maskDataURL, touches } = value
  if (rle === undefined && (typeof maskDataURL === 'string' || Array.isArray(touches))) return
  if (format !== 'rle') report('value.format', '"rle"', format, 'Make masks with brushLabels or brush.')
  if (!Array.isArray(rle) || rle.length < 8 || !rle.every(isByte)) {
    const mend = 'Make masks with brushLabels or brush; COCO counts are something else.'
    report('value.rle', 'a list of bytes, 0 to 255', rle, mend)
    return
  }
  const words = rle[0] * 2 ** 24 + rle[1] * 2 ** 16 + rle[2] * 2 ** 8 + rle[3]
  const { original_width: width, original_height: height } = region
  if (isNumber(width) && isNumber(height) && words !== width * height * 4) {
    const expected = `a mask of ${width} x ${height} pixels (${width * height * 4} words)`
    report('value.rle', expected, `${words} words`, 'Encode the mask at the size of the image.')
  }
}

export const bitmaskRule: Rule = input => {
  checkImageSize(input)
  const { imageDataURL } = input.value
  if (typeof imageDataURL === 'string' && imageDataURL.startsWith('data:image/')) return
  const mend = "Write imageDataURL: 'data:image/png;base64,…'."
  input.report('value.imageDataURL', 'a PNG as a data: URL', imageDataURL, mend)
}

function isByte(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255
}
