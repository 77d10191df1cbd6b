import {
  type Binding,
  findBindings,
  HtxError,
  legacySchemaKey,
  legacySchemaOf,
  parseLabelConfig,
  type ValidateRequest,
  ValidateRequestSchema,
} from '@htx/core'
import { replyWithError } from '../http/error-reply.ts'
import type { Route } from './context.ts'

/** A backend serves few projects; this only bounds what a stranger can fill. */
const rememberedConfigs = 1_000
/** Characters of all of them. */
const rememberedLength = 16 * 1024 * 1024
/** Characters of an answer. Each of thousands of controls may show the same long value: a small config would make gigabytes. */
const longestAnswer = 4 * 1024 * 1024

/** `POST /validate`, Label Studio 0.4–1.0: which controls of a config can the model fill? 422 `{"status":"failed"}` when none. */
export const validateRoute: Route = (app, { facts, validated }) => {
  let length = 0
  app.post<{ Body: ValidateRequest }>(
    '/validate',
    { schema: { summary: 'Does the model fit a label config?', body: ValidateRequestSchema } },
    async (request, reply) => {
      try {
        const { config } = request.body
        const bindings = findBindings(parseLabelConfig(config), facts.inputTypes, facts.outputTypes)
        expectShort(bindings)
        const schemas = bindings.map(legacySchemaOf)
        const keys = schemas.map(legacySchemaKey)
        const added = keys.reduce((sum, key) => sum + key.length, config.length)
        if (validated.size >= rememberedConfigs || length + added > rememberedLength) {
          validated.clear()
          length = 0
        }
        for (const key of keys) validated.set(key, config)
        length += added
        return schemas
      } catch (error) {
        return replyWithError(error, request, reply, { status: 'failed' })
      }
    },
  )
}

/** @throws HtxError `HTX_LABEL_CONFIG_UNFIT` */
function expectShort(bindings: readonly Binding[]): void {
  let length = 0
  for (const { control, objects } of bindings) {
    length += control.name.length
    for (const { name, tag, dataKey, literal = '' } of objects)
      length += name.length + tag.length + (dataKey ?? literal).length
  }
  if (length <= longestAnswer) return
  throw new HtxError(
    'HTX_LABEL_CONFIG_UNFIT',
    `what the controls of a label config show may take ${longestAnswer} characters; here it takes ${length}. Let long texts come from the task`,
  )
}
