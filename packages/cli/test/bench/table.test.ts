import assert from 'node:assert/strict'
import { it } from 'node:test'
import { figuresOf } from '../../src/bench/figures.ts'
import { tableOf } from '../../src/bench/table.ts'

const load = (tookMs: number) => ({ tasks: 80, tookMs, answerMs: [4, 5, 6], cpuMs: 40, residentBytes: 2 ** 28 })

it('the table of htx-bench has a line a setting, marks the best, and stands in columns', () => {
  const small = figuresOf({ workers: 1, threads: 8, batch: 8 }, [load(100), load(90), load(110)], [load(3)])
  const large = figuresOf({ workers: 16, threads: 1, batch: 1000 }, [load(100)], [load(3)])
  assert.deepEqual(tableOf([small, large], large).split('\n'), [
    'workers  threads  batch  tasks/s     ±  p50 ms  p95 ms  p99 ms  alone ms  CPU ms/task  memory MiB',
    '      1        8      8      800  10 %    5.00    6.00    6.00      5.00         0.50         256',
    '     16        1   1000      800     ?    5.00    6.00    6.00      5.00         0.50         256  <',
  ])
})
