import { HtxError, messageOf } from '../errors/htx-error.ts'
import {
  type PredictEnvelope,
  PredictEnvelopeSchema,
  type PredictRequest,
  PredictRequestSchema,
} from '../wire/requests.ts'
import { compileSchema } from './compile-schema.ts'

const words = { code: 'HTX_REQUEST_INVALID', what: 'the body of /predict' } as const
const checkRequest = compileSchema<PredictRequest>(PredictRequestSchema, words)

/** Checks all of a `/predict` body but its tasks. @throws HtxError `HTX_REQUEST_INVALID` */
export const parsePredictEnvelope = compileSchema<PredictEnvelope>(PredictEnvelopeSchema, words)

const decoder = new TextDecoder()

/** Parses and checks a `/predict` body. @throws HtxError `HTX_REQUEST_INVALID` */
export function parsePredictRequest(bytes: Uint8Array): PredictRequest {
  let body: unknown
  try {
    body = JSON.parse(decoder.decode(bytes))
  } catch (error) {
    throw new HtxError('HTX_REQUEST_INVALID', `the body of /predict must be JSON: ${messageOf(error)}`, {
      cause: error,
    })
  }
  return checkRequest(body)
}
