import type { Manifest, Metrics } from '@htx/core'
import type { MetricGate } from './training-settings.ts'

/** Why a version that was just trained is not to go live by itself; undefined when it may. */
export function holdReason(
  gate: MetricGate | undefined,
  metrics: Metrics | undefined,
  previous: Manifest | undefined,
): string | undefined {
  if (gate === undefined) return undefined
  const { metric, better } = gate
  const now = metrics?.[metric]
  if (now === undefined) {
    const given = Object.keys(metrics ?? {}).join(', ') || 'none'
    return `the training gave no metric «${metric}», which --gate asks for; its metrics are: ${given}`
  }
  const before = previous?.metrics?.[metric]
  if (before === undefined || (better === 'higher' ? now >= before : now <= before)) return undefined
  return `its ${metric} of ${now} is worse than the ${before} of version ${previous?.version}`
}
