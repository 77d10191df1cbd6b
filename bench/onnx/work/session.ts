import { onnxSessionOptions } from '@htx/core'
import { InferenceSession } from 'onnxruntime-node'

/** @param threads as many as a worker may use. HTX_BENCH_SESSION adds options of the session, as JSON. */
export function openSession(path: string, threads: number): Promise<InferenceSession> {
  return InferenceSession.create(
    path,
    onnxSessionOptions({ threads }, JSON.parse(process.env.HTX_BENCH_SESSION ?? '{}')),
  )
}
