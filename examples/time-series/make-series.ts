import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { seededRandom } from '@htx/core'

/** What a pump does. Vibration, not power, tells a pump that runs dry from one that idles. */
const states = {
  Idle: { power: 2, vibration: 0.5 },
  Running: { power: 10, vibration: 2 },
  Overload: { power: 16, vibration: 5 },
  Dry: { power: 2.5, vibration: 7 },
} as const

export type State = keyof typeof states

/** Rows `from` up to `to`, exclusive, in one state. */
export interface Stretch {
  readonly from: number
  readonly to: number
  readonly state: State
}

/** A pump's day: minutes, and what is known of them. */
export interface PumpDay {
  readonly csv: string
  readonly times: readonly string[]
  readonly stretches: readonly Stretch[]
}

export interface DayOptions {
  readonly rows?: number
  readonly allowed?: readonly State[]
  /** How much of a minute's noise lasts into the next, 0–1. */
  readonly memory?: number
}

/** Makes a day: the same seed, the same day. */
export function makeDay(
  seed: number,
  { rows = 600, allowed = ['Idle', 'Running', 'Overload'], memory = 0 }: DayOptions = {},
): PumpDay {
  const random = seededRandom(seed)
  const stretches: Stretch[] = []
  for (let from = 0; from < rows; ) {
    const length = Math.floor(rows * (0.08 + random() * 0.12))
    const to = rows - from - length < rows * 0.08 ? rows : from + length
    const others = allowed.filter(state => state !== stretches.at(-1)?.state)
    stretches.push({ from, to, state: others[Math.floor(random() * others.length)] ?? 'Idle' })
    from = to
  }
  const times: string[] = []
  const lines = ['time,power,vibration']
  let [powerNoise, vibrationNoise] = [0, 0]
  for (const { from, to, state } of stretches) {
    for (let row = from; row < to; row += 1) {
      powerNoise = memory * powerNoise + 0.6 * bell(random)
      vibrationNoise = memory * vibrationNoise + 0.2 * bell(random)
      const time = new Date(Date.UTC(2026, 0, 5, 6) + row * 60_000).toISOString().slice(0, 19).replace('T', ' ')
      const { power, vibration } = states[state]
      times.push(time)
      lines.push(`${time},${(power + powerNoise).toFixed(2)},${(vibration + vibrationNoise).toFixed(2)}`)
    }
  }
  return { csv: `${lines.join('\n')}\n`, times, stretches }
}

/** Nearly normal noise of deviation 1. */
function bell(random: () => number): number {
  let sum = -6
  for (let time = 0; time < 12; time += 1) sum += random()
  return sum
}

// `npm run series`: the days of tasks.json.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = fileURLToPath(new URL('series', import.meta.url))
  await mkdir(folder, { recursive: true })
  for (const seed of [1, 2]) await writeFile(join(folder, `pump-${seed}.csv`), makeDay(seed, { rows: 480 }).csv)
}
