import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Box,
  boxFromCorners,
  boxInPercent,
  boxInPixels,
  cornersOf,
  imageFields,
  type Point,
  pointInPixels,
  pointsInPixels,
} from '../../src/regions/image-geometry.ts'
import { rectangle } from '../../src/regions/rectangle.ts'
import { bindingOf, image } from './project.ts'

function assertNear(got: unknown, wanted: unknown, tolerance = 1e-9): void {
  const [one, other] = [got, wanted].map(numbersIn) as [number[], number[]]
  assert.equal(one.length, other.length)
  for (const [place, number] of one.entries()) {
    const expected = other[place] as number
    assert.ok(Math.abs(number - expected) <= tolerance, `${JSON.stringify(got)} is not ${JSON.stringify(wanted)}`)
  }
}

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  return Object.entries(value as object)
    .sort(([one], [other]) => one.localeCompare(other))
    .flatMap(([, part]) => numbersIn(part))
}

describe('a box at the edge of its image', () => {
  it('ends at the edge when it passes it by rounding', () => {
    assertNear(boxInPercent({ x: -0.6, y: -1, width: 1281.5, height: 721.9 }, { image }), {
      ...{ x: 0, y: 0, width: 100, height: 100, rotation: 0 },
    })
  })

  it('is rejected when it passes it by more, with the pixel and the size', () => {
    const outside: [Box, RegExp][] = [
      [{ x: -2, y: 0, width: 10, height: 10 }, /x: .*0 to 1280, got -2\./],
      [{ x: 1275, y: 0, width: 10, height: 10 }, /x: .*0 to 1280, got 1285\./],
      [{ x: 0, y: 715, width: 10, height: 10 }, /y: .*0 to 720, got 725\./],
      [{ x: 0, y: Number.NaN, width: 10, height: 10 }, /y: .*got NaN\./],
    ]
    for (const [box, message] of outside) {
      assert.throws(() => boxInPercent(box, { image }), { code: 'HTX_REGION_INVALID', message })
    }
  })

  it('may hang over it when it is turned, as long as its middle is inside', () => {
    const line = { x: 10, y: 2, width: 200, height: 30, rotation: 350 }
    assertNear(boxInPercent(line, { image }), {
      ...{ x: 1000 / 1280, y: 200 / 720, width: 20000 / 1280, height: 3000 / 720, rotation: 350 },
    })
    assert.throws(() => boxInPercent({ ...line, rotation: 300 }, { image }), { code: 'HTX_REGION_INVALID' })
  })
})

describe('an image region', () => {
  it('needs the size of its image', () => {
    for (const size of [undefined, {}, { width: 0, height: 720 }, { width: 1280, height: Number.NaN }]) {
      const coordinates = { image: size as unknown as typeof image }
      assert.throws(() => imageFields(coordinates), { code: 'HTX_REGION_INVALID', message: /width, height/ })
    }
  })

  it('carries the turn of its image', () => {
    assert.equal(imageFields({ image: { ...image, rotation: 90 } }).image_rotation, 90)
  })
})

describe('boxFromCorners', () => {
  it('reads an upright box', () => {
    const corners: [Point, Point, Point, Point] = [
      [10, 20],
      [110, 20],
      [110, 70],
      [10, 70],
    ]
    assertNear(boxFromCorners(corners), { x: 10, y: 20, width: 100, height: 50, rotation: 0 })
  })

  it('reads a box that stands on its side: its top left corner is at the right', () => {
    const corners: [Point, Point, Point, Point] = [
      [300, 100],
      [300, 200],
      [250, 200],
      [250, 100],
    ]
    assertNear(boxFromCorners(corners), { x: 300, y: 100, width: 100, height: 50, rotation: 90 })
  })

  it('gives back every box whose corners it gets', () => {
    for (const rotation of [0, 30, 45, 90, 135, 180, 270, 359]) {
      const box = { x: 400, y: 300, width: 120, height: 40, rotation }
      assertNear(boxFromCorners(cornersOf(box)), box)
    }
  })

  it('fits the box to corners of no exact box: around their middle, with mean sides', () => {
    const corners: [Point, Point, Point, Point] = [
      [0, 0],
      [102, 0],
      [100, 50],
      [2, 50],
    ]
    const { x, y, width, height, rotation } = boxFromCorners(corners)
    assertNear([width, height, rotation], [100, 50, 0])
    assertNear([x + width / 2, y + height / 2], [51, 25])
  })

  it('rejects corners that run counter-clockwise or span nothing', () => {
    const backwards: [Point, Point, Point, Point] = [
      [10, 20],
      [10, 70],
      [110, 70],
      [110, 20],
    ]
    const onePoint: [Point, Point, Point, Point] = [
      [1, 1],
      [1, 1],
      [1, 1],
      [1, 1],
    ]
    for (const corners of [backwards, onePoint]) {
      assert.throws(() => boxFromCorners(corners), { code: 'HTX_REGION_INVALID', message: /clockwise/ })
    }
  })

  it('keeps the corners of a turned box through percents of an image that is not square', () => {
    const corners = cornersOf({ x: 400, y: 300, width: 120, height: 40, rotation: 30 })
    const region = rectangle(bindingOf('rect'), boxFromCorners(corners), { image })
    assertNear(region.value, {
      ...{ x: 40000 / 1280, y: 30000 / 720, width: 12000 / 1280, height: 4000 / 720, rotation: 30 },
    })
    assertNear(cornersOf(boxInPixels(region)), corners)
  })
})

describe('reading a region back', () => {
  const region = {
    from_name: 'rl',
    to_name: 'img',
    type: 'rectanglelabels',
    original_width: 1280,
    original_height: 720,
  }

  it('turns percents into pixels', () => {
    assert.deepEqual(pointInPixels({ ...region, value: { x: 50, y: 25, width: 0.5 } }), { x: 640, y: 180 })
    assert.deepEqual(
      pointsInPixels({
        ...region,
        value: {
          points: [
            [10, 10],
            [50, 100],
          ],
        },
      }),
      [
        [128, 72],
        [640, 720],
      ],
    )
  })

  it('says what is missing', () => {
    assert.throws(() => boxInPixels({ ...region, value: { x: 1, y: 2, width: 3 } }), {
      message: /value\.height.*nothing/,
    })
    assert.throws(() => pointsInPixels({ ...region, value: { points: [[1]] } }), { message: /value\.points\[0\]/ })
    assert.throws(() => pointInPixels({ from_name: 'ner', to_name: 'text', type: 'labels', value: { start: 0 } }), {
      code: 'HTX_REGION_INVALID',
      message: /original_width/,
    })
  })
})
