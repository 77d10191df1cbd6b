import { checkImageSize, checkPercent, checkRotation, isPercent, percentHint } from './percent.ts'
import { isNumber, isRecord, type Rule, type RuleInput } from './rule.ts'

/** Upright, a radius above 50 passes the edge; turned, it may be longer than half of the other side. */
export const ellipseRule: Rule = input => {
  const { value, report } = input
  const isTurned = isNumber(value.rotation) && value.rotation !== 0
  checkImageSize(input)
  checkRotation(input)
  checkPercent(input, 'x')
  checkPercent(input, 'y')
  for (const key of ['radiusX', 'radiusY'] as const) {
    const radius = value[key]
    if (isNumber(radius) && radius > 0 && (isTurned || radius <= 50)) continue
    report(`value.${key}`, 'percents of the image, above 0 and up to 50', radius, percentHint)
  }
}

export const polygonRule: Rule = input => {
  const { value, report } = input
  checkImageSize(input)
  checkClosed(input)
  const { points } = value
  if (!Array.isArray(points) || points.length < 3) {
    const mend = 'Write points: [[x, y], [x, y], [x, y]] in percents.'
    report('value.points', 'a list of at least three points', points, mend)
    return
  }
  for (let place = 0; place < points.length; place += 1) {
    const point: unknown = points[place]
    if (Array.isArray(point) && point.length === 2 && isPercent(point[0]) && isPercent(point[1])) continue
    report(`value.points[${place}]`, 'a point [x, y] in percents, 0 to 100', point, percentHint)
  }
}

export const keyPointRule: Rule = input => {
  const { value, report } = input
  checkImageSize(input)
  checkPercent(input, 'x')
  checkPercent(input, 'y')
  const { width } = value
  if (isNumber(width) && width > 0) return
  report('value.width', 'the size of the dot in percents of the image', width, 'Write width: 0.5.')
}

const vectorHint = 'Make vectors with vector or vectorLabels.'

export const vectorRule: Rule = input => {
  const { value, report } = input
  checkImageSize(input)
  checkClosed(input)
  const { vertices } = value
  if (!Array.isArray(vertices) || vertices.length === 0) {
    report('value.vertices', 'a list of vertices', vertices, vectorHint)
    return
  }
  for (let place = 0; place < vertices.length; place += 1) {
    const vertex: unknown = vertices[place]
    if (!isRecord(vertex) || !isPercent(vertex.x) || !isPercent(vertex.y)) {
      report(`value.vertices[${place}]`, 'a vertex with x and y in percents, 0 to 100', vertex, percentHint)
      continue
    }
    const { id, prevPointId = null, isBezier = false } = vertex
    if (id !== undefined && typeof id !== 'string')
      report(`value.vertices[${place}].id`, 'a text', id, 'Each vertex has an id of its own.')
    if (prevPointId !== null && typeof prevPointId !== 'string') {
      report(`value.vertices[${place}].prevPointId`, 'the id of the vertex before, or null', prevPointId, vectorHint)
    }
    if (typeof isBezier !== 'boolean' || (isBezier && !hasControlPoint(vertex))) {
      const expected = 'true with controlPoint1 or controlPoint2, or false'
      report(`value.vertices[${place}].isBezier`, expected, isBezier, vectorHint)
    }
  }
}

/** Without one the editor fails over a vertex that bends, and shows nothing of the prediction. */
function hasControlPoint({ controlPoint1, controlPoint2 }: Readonly<Record<string, unknown>>): boolean {
  return [controlPoint1, controlPoint2].some(point => isRecord(point) && isNumber(point.x) && isNumber(point.y))
}

/** What is neither true nor false makes the editor take the region for none. */
function checkClosed({ value: { closed }, report }: RuleInput): void {
  if (closed === undefined || typeof closed === 'boolean') return
  report('value.closed', 'true or false', closed, 'Write closed: true when the last point joins the first.')
}
