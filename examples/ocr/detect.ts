import { type Box, boxFromCorners, cornersOf, type Point } from '@htx/core'
import { type InferenceSession, Tensor } from 'onnxruntime-node'
import { type Pixels, resizeImage } from './image.ts'

/*
 * PP-OCRv4 detection: a map of how likely each pixel belongs to text. Input `x` float32 [1,3,H,W], H and W multiples of 32,
 * (RGB/255 - mean) / std; output [1,1,H,W]. Source: PaddleOCR, tools/infer/predict_det.py.
 */
const mean = [0.485, 0.456, 0.406]
const std = [0.229, 0.224, 0.225]
const longestSide = 960
const textThreshold = 0.3
const boxThreshold = 0.6
/** How far a box grows beyond what was found, times area over perimeter. */
const unclipRatio = 2
const smallestSide = 4
/** Degrees below which a line counts as upright. */
const slightSlant = 1.5

/** Finds lines of text, top to bottom. Boxes are pixels of the image. */
export async function detectLines(session: InferenceSession, image: Pixels): Promise<Required<Box>[]> {
  const scale = Math.min(1, longestSide / Math.max(image.width, image.height))
  const width = Math.max(32, Math.round((image.width * scale) / 32) * 32)
  const height = Math.max(32, Math.round((image.height * scale) / 32) * 32)
  const resized = await resizeImage(image, width, height)
  const output = await session.run({ x: new Tensor('float32', normalize(resized), [1, 3, height, width]) })
  const map = Object.values(output)[0]?.data as Float32Array
  const toImage = ([x, y]: Point): Point => [(x * image.width) / width, (y * image.height) / height]
  return components(map, width, height)
    .flatMap(pixels => boxAround(pixels, map, width) ?? [])
    .map(box => inImage(boxFromCorners(cornersOf(box).map(toImage) as [Point, Point, Point, Point]), image))
    .filter(box => box.width >= smallestSide && box.height >= smallestSide)
    .sort(readingOrder)
}

function normalize({ data, width, height }: Pixels): Float32Array {
  const size = width * height
  const planes = new Float32Array(3 * size)
  for (let channel = 0; channel < 3; channel += 1) {
    const [from, by] = [mean[channel] as number, std[channel] as number]
    for (let at = 0; at < size; at += 1)
      planes[channel * size + at] = ((data[at * 3 + channel] as number) / 255 - from) / by
  }
  return planes
}

/** Groups of neighbouring pixels that are text. */
function components(map: Float32Array, width: number, height: number): number[][] {
  const seen = new Uint8Array(width * height)
  const groups: number[][] = []
  for (let start = 0; start < seen.length; start += 1) {
    if (seen[start] === 1 || (map[start] as number) <= textThreshold) continue
    seen[start] = 1
    const group = [start]
    for (let next = 0; next < group.length; next += 1) {
      const at = group[next] as number
      const x = at % width
      for (const neighbour of [at - width, at + width, x > 0 ? at - 1 : -1, x < width - 1 ? at + 1 : -1]) {
        if (neighbour < 0 || neighbour >= seen.length || seen[neighbour] === 1) continue
        if ((map[neighbour] as number) <= textThreshold) continue
        seen[neighbour] = 1
        group.push(neighbour)
      }
    }
    groups.push(group)
  }
  return groups
}

/** A box along the main direction of the pixels, grown by what the model trims. */
function boxAround(pixels: readonly number[], map: Float32Array, width: number): Required<Box> | undefined {
  let [sumX, sumY, likely] = [0, 0, 0]
  for (const at of pixels) {
    sumX += at % width
    sumY += Math.floor(at / width)
    likely += map[at] as number
  }
  if (likely / pixels.length < boxThreshold) return undefined
  const [midX, midY] = [sumX / pixels.length, sumY / pixels.length]
  const degrees = slantOf(pixels, width, midX, midY)
  const angle = (degrees * Math.PI) / 180
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  let [left, right, top, bottom] = [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ]
  for (const at of pixels) {
    const [x, y] = [(at % width) + 0.5 - midX, Math.floor(at / width) + 0.5 - midY]
    const [along, across] = [x * cos + y * sin, y * cos - x * sin]
    left = Math.min(left, along - 0.5)
    right = Math.max(right, along + 0.5)
    top = Math.min(top, across - 0.5)
    bottom = Math.max(bottom, across + 0.5)
  }
  const grow = ((right - left) * (bottom - top) * unclipRatio) / (2 * (right - left + bottom - top))
  const [fromAlong, fromAcross] = [left - grow, top - grow]
  return {
    x: midX + fromAlong * cos - fromAcross * sin,
    y: midY + fromAlong * sin + fromAcross * cos,
    width: right - left + 2 * grow,
    height: bottom - top + 2 * grow,
    rotation: degrees,
  }
}

/** Direction of the longest extent, degrees clockwise; 0 for what is nearly upright or has no direction. */
function slantOf(pixels: readonly number[], width: number, midX: number, midY: number): number {
  let [xx, xy, yy] = [0, 0, 0]
  for (const at of pixels) {
    const [x, y] = [(at % width) - midX, Math.floor(at / width) - midY]
    xx += x * x
    xy += x * y
    yy += y * y
  }
  if (Math.max(xx, yy) < 4 * Math.min(xx, yy)) return 0
  const degrees = (Math.atan2(2 * xy, xx - yy) / 2) * (180 / Math.PI)
  return Math.abs(degrees) < slightSlant || Math.abs(degrees) > 45 ? 0 : degrees
}

/** An upright box ends where the image ends. */
function inImage(box: Required<Box>, image: Pixels): Required<Box> {
  if (box.rotation > 0.01 && box.rotation < 359.99) return box
  const x = Math.max(0, box.x)
  const y = Math.max(0, box.y)
  const width = Math.min(image.width, box.x + box.width) - x
  const height = Math.min(image.height, box.y + box.height) - y
  return { x, y, width, height, rotation: 0 }
}

/** Lines that overlap in height stand side by side. */
function readingOrder(one: Box, other: Box): number {
  const overlap = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y)
  return overlap > Math.min(one.height, other.height) / 2 ? one.x - other.x : one.y - other.y
}
