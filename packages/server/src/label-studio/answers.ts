import { compileSchema, Type } from '@htx/core'
import type { Static, TSchema } from 'typebox'

/*
 * What is read of Label Studio's answers; everything else in them is passed over. What older ones lack is optional.
 */

const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const Text = Type.Optional(Nullable(Type.String()))

const ProjectSchema = Type.Object({
  label_config: Type.String(),
  model_version: Text,
  show_collab_predictions: Type.Optional(Type.Boolean()),
  task_number: Type.Optional(Nullable(Type.Number())),
})
const TaskListSchema = Type.Object({
  tasks: Type.Array(Type.Unknown()),
  total: Type.Optional(Nullable(Type.Number())),
})
const BackendSchema = Type.Object({
  id: Type.Number(),
  url: Type.String(),
  title: Text,
  state: Text,
  error_message: Text,
  model_version: Text,
  is_interactive: Type.Optional(Type.Boolean()),
  auth_method: Text,
})
const WebhookSchema = Type.Object({
  id: Type.Number(),
  url: Type.String(),
  is_active: Type.Optional(Type.Boolean()),
  send_payload: Type.Optional(Type.Boolean()),
  send_for_all_actions: Type.Optional(Type.Boolean()),
  actions: Type.Optional(Type.Array(Type.String())),
  headers: Type.Optional(Nullable(Type.Record(Type.String(), Type.String()))),
})

export const checkProject = answerReader<Static<typeof ProjectSchema>>(ProjectSchema)
export const checkTasks = answerReader<Static<typeof TaskListSchema>>(TaskListSchema)
export const checkExport = answerReader<unknown[]>(Type.Array(Type.Unknown()))
export const checkBackends = answerReader<Static<typeof BackendSchema>[]>(Type.Array(BackendSchema))
export const checkWebhooks = answerReader<Static<typeof WebhookSchema>[]>(Type.Array(WebhookSchema))
export const checkModelVersions = answerReader<Record<string, number>>(Type.Record(Type.String(), Type.Number()))
export const checkCreated = answerReader<{ created: number }>(Type.Object({ created: Type.Number() }))
export const checkRelease = answerReader<{ release?: string }>(Type.Object({ release: Type.Optional(Type.String()) }))
export const checkTokenSettings = answerReader<{ legacy_api_tokens_enabled?: boolean }>(
  Type.Object({ legacy_api_tokens_enabled: Type.Optional(Type.Boolean()) }),
)

function answerReader<T>(schema: TSchema): (value: unknown) => T {
  return compileSchema<T>(schema, { code: 'HTX_LABEL_STUDIO_UNREACHABLE', what: 'the answer of Label Studio' })
}
