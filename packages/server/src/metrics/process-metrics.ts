import { collectDefaultMetrics, Registry } from 'prom-client'

let registry: Registry | undefined

/** Memory, CPU, open files, delays of the event loop: of the process, so once for all servers in it. Observed from the first call on. */
export function processMetrics(): Promise<string> {
  if (registry === undefined) {
    registry = new Registry()
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 50 })
  }
  return registry.metrics()
}
