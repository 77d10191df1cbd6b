import { checkImageSize, checkPercent, isPercent, percentHint } from './percent.ts'
import { isNumber, isRecord, type Rule } from './rule.ts'

export const ellipseRule: Rule = input => {
  const { value, report } = input
  checkImageSize(input)
  checkPercent(input, 'x')
  checkPercent(input, 'y')
  for (const key of ['radiusX', 'radiusY'] as const) {
    const radius = value[key]
    if (isPercent(radius) && radius > 0) continue
    report(`value.${key}`, 'percents of the image, above 0 and up to 100', radius, percentHint)
  }
}

export const polygonRule: Rule = input => {
  const { value, report } = input
  checkImageSize(input)
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

export const vectorRule: Rule = input => {
  const { value, report } = input
  checkImageSize(input)
  const { vertices } = value
  if (!Array.isArray(vertices) || vertices.length === 0) {
    report('value.vertices', 'a list of vertices', vertices, 'Make vectors with vector or vectorLabels.')
    return
  }
  for (let place = 0; place < vertices.length; place += 1) {
    const vertex: unknown = vertices[place]
    if (!isRecord(vertex) || !isPercent(vertex.x) || !isPercent(vertex.y)) {
      report(`value.vertices[${place}]`, 'a vertex with x and y in percents, 0 to 100', vertex, percentHint)
    } else if (typeof vertex.id !== 'string') {
      report(`value.vertices[${place}].id`, 'a text', vertex.id, 'Each vertex has an id of its own.')
    }
  }
}
