import {
  findBindings,
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

/** `POST /validate`, Label Studio 0.4–1.0: which controls of a config can the model fill? 422 `{"status":"failed"}` when none. */
export const validateRoute: Route = (app, { facts, validated }) => {
  app.post<{ Body: ValidateRequest }>(
    '/validate',
    { schema: { summary: 'Does the model fit a label config?', body: ValidateRequestSchema } },
    async (request, reply) => {
      try {
        const bindings = findBindings(parseLabelConfig(request.body.config), facts.inputTypes, facts.outputTypes)
        const schemas = bindings.map(legacySchemaOf)
        if (validated.size >= rememberedConfigs) validated.clear()
        for (const schema of schemas) validated.set(legacySchemaKey(schema), request.body.config)
        return schemas
      } catch (error) {
        return replyWithError(error, request, reply, { status: 'failed' })
      }
    },
  )
}
