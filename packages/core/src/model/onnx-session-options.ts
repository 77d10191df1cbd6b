import type { LoadContext } from './contexts.ts'

/** What an ONNX session may take of the machine; fits `InferenceSession.SessionOptions` of onnxruntime-node and onnxruntime-web. */
export interface OnnxSessionOptions {
  /** Threads inside one operator. */
  readonly intraOpNumThreads: number
  /** Operators at a time. */
  readonly interOpNumThreads: number
  readonly executionMode: 'sequential' | 'parallel'
}

/**
 * Options for an ONNX session in a worker. Left to itself onnxruntime takes all cores for each session, and the workers would fight over
 * them: here a session takes `context.threads`, so that workers × threads are no more than the cores.
 *
 * @param overrides other options of the session; they win
 * @example
 * this.#session = await InferenceSession.create(file, onnxSessionOptions(context, { graphOptimizationLevel: 'all' }))
 */
export function onnxSessionOptions<const Overrides extends object = Record<never, never>>(
  { threads }: Pick<LoadContext, 'threads'>,
  overrides?: Overrides,
): OnnxSessionOptions & Overrides {
  const options: OnnxSessionOptions = { intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: 'sequential' }
  return { ...options, ...(overrides as Overrides) }
}
