import { InferenceSession } from 'onnxruntime-node'

/** One thread a session: each worker is a thread already. HTX_BENCH_SESSION adds options, as JSON. */
export function openSession(path: string): Promise<InferenceSession> {
  const more = JSON.parse(process.env.HTX_BENCH_SESSION ?? '{}')
  return InferenceSession.create(path, { intraOpNumThreads: 1, interOpNumThreads: 1, ...more })
}
