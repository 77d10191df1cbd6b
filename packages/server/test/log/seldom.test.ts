import assert from 'node:assert/strict'
import { it } from 'node:test'
import { openSeldom } from '../../src/log/seldom.ts'

it('what may happen at any rate is told once a minute, each kind for itself, with how often it was not', () => {
  const lines: unknown[] = []
  let now = 0
  const warn = openSeldom({ warn: (...line: unknown[]) => lines.push(line) }, () => now)
  for (let time = 0; time < 3; time += 1) warn('a', { time }, 'it happened')
  warn('b', {}, 'something else did')
  now = 60_000
  warn('a', {}, 'it happened')
  assert.deepEqual(lines, [
    [{ time: 0 }, 'it happened'],
    [{}, 'something else did'],
    [{ untold: 2 }, 'it happened'],
  ])
})
