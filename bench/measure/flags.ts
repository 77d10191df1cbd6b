import { parseArgs } from 'node:util'

export interface BenchFlags {
  /** The program that runs htx: a node or a bun. */
  readonly runtime: string
  /** Few and short rounds, to see that it works. */
  readonly quick: boolean
}

/** `--runtime <path>` and `--quick`, as all programs of bench take them. @throws TypeError for others */
export function benchFlags(): BenchFlags {
  const { values } = parseArgs({
    options: {
      runtime: { type: 'string', default: process.execPath },
      quick: { type: 'boolean', default: false },
    },
  })
  return values
}
