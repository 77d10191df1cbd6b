/*
 * A line chart as SVG: what a page on GitHub shows without a script. Both axes may be logarithmic, which the curves of growth are.
 */
export interface Chart {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  readonly lines: readonly { readonly name: string; readonly points: readonly (readonly [x: number, y: number])[] }[]
  readonly logX?: boolean
  readonly logY?: boolean
}

const [width, height] = [560, 320]
const [left, right, top, bottom] = [64, 16, 56, 48]
// Told apart by people who do not see all colours, on white and on dark grey.
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7']

export function lineChart({ title, xLabel, yLabel, lines, logX = false, logY = false }: Chart): string {
  const points = lines.flatMap(line => line.points)
  const x = axis(
    points.map(([value]) => value),
    logX,
    left,
    width - right,
  )
  const y = axis(
    points.map(([, value]) => value),
    logY,
    height - bottom,
    top,
  )
  const grid = [
    ...x.ticks.map(tick => rule(x.place(tick), top, x.place(tick), height - bottom)),
    ...y.ticks.map(tick => rule(left, y.place(tick), width - right, y.place(tick))),
    ...x.ticks.map(tick => text(x.place(tick), height - bottom + 16, short(tick), 'middle')),
    ...y.ticks.map(tick => text(left - 6, y.place(tick) + 4, short(tick), 'end')),
  ]
  const drawn = lines.flatMap(({ name, points: own }, index) => {
    const colour = colours[index % colours.length] as string
    const places = own.map(([valueX, valueY]) => `${round(x.place(valueX))},${round(y.place(valueY))}`)
    return [
      `<polyline points="${places.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...places.map(
        place => `<circle cx="${place.split(',')[0]}" cy="${place.split(',')[1]}" r="3" fill="${colour}"/>`,
      ),
      `<rect x="${left + index * 150}" y="32" width="10" height="10" fill="${colour}"/>`,
      text(left + 16 + index * 150, 41, name, 'start'),
    ]
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${left}" y="20" font-size="14" font-weight="bold">${escaped(title)}</text>`,
    ...grid,
    ...drawn,
    text((left + width - right) / 2, height - 10, xLabel, 'middle'),
    `<text transform="translate(14 ${(top + height - bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(yLabel)}</text>`,
    '</svg>\n',
  ].join('\n')
}

/** Ticks, and where a value lies between two ends. */
function axis(values: readonly number[], isLog: boolean, from: number, to: number) {
  const ticks = isLog ? powersAround(values) : stepsTo(Math.max(...values))
  const scale = (value: number) => (isLog ? Math.log10(value) : value)
  const [least, most] = [scale(ticks[0] as number), scale(ticks.at(-1) as number)]
  return { ticks, place: (value: number) => from + ((scale(value) - least) / (most - least)) * (to - from) }
}

function powersAround(values: readonly number[]): number[] {
  const first = Math.floor(Math.log10(Math.min(...values)))
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))))
  return Array.from({ length: last - first + 1 }, (_, power) => 10 ** (first + power))
}

/** From nothing in four to eight steps of 1, 2 or 5 times a power of ten. */
function stepsTo(most: number): number[] {
  const power = 10 ** Math.floor(Math.log10(most / 4))
  const step = [1, 2, 5, 10].map(times => times * power).find(each => most / each <= 8) as number
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, count) => count * step)
}

function rule(x1: number, y1: number, x2: number, y2: number): string {
  return `<path d="M${round(x1)} ${round(y1)}L${round(x2)} ${round(y2)}" stroke="#ddd"/>`
}

function text(x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escaped(words)}</text>`
}

function short(value: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 }).format(value)
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
