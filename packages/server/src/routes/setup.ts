import { findBindings, HtxError, parseLabelConfig, type SetupRequest, SetupRequestSchema } from '@htx/core'
import { callerOf } from '../http/caller.ts'
import type { ModelFacts } from '../pool/messages.ts'
import { believesCaller } from './believes-caller.ts'
import { clientOf } from './client.ts'
import type { Route } from './context.ts'
import { projectOf } from './project.ts'
import { rememberProject } from './remember-project.ts'

/**
 * `POST /setup`: does the model fit the label config, and which version answers? It comes with every opening of a project and
 * must be quick; nothing is loaded here.
 */
export const setupRoute: Route = (app, context) => {
  const { facts, versions } = context
  const fits = configChecker(facts)
  app.post<{ Body: SetupRequest }>(
    '/setup',
    { schema: { summary: 'Connects a project', body: SetupRequestSchema } },
    async request => {
      const { project: projectId, hostname, access_token: accessToken } = request.body
      const schema = saidConfig(request.body)
      if (typeof schema === 'string') fits(schema)
      const project = projectOf(projectId)
      if (project !== undefined) {
        const caller = believesCaller(request, hostname, context) ? { hostname, accessToken } : {}
        await rememberProject(project, { schema, ...caller }, context, request.log)
        if (callerOf(request) === 'credentials') context.eventSigner?.sign(project, request.host)
      }
      const version = versions.current(project)
      // Label Studio 0.x takes 404 for «not trained yet»; later ones could then never add the backend, and so never train it.
      if (version === undefined && clientOf(request.headers['user-agent']).kind === 'label-studio-0') {
        throw new HtxError(
          'HTX_MODEL_UNTRAINED',
          `${facts.className} must be trained before it can predict for project ${project}`,
        )
      }
      context.tracing?.requests.tell(request, { project, version: version?.modelVersion })
      request.log.info({ project, version: version?.modelVersion }, 'project set up')
      return { model_version: version?.modelVersion ?? null }
    },
  )
}

/** A project without a label config has `<View></View>`, the default, or an empty text or null, which Label Studio stores as well (`label_config` in its projects/models.py). */
function saidConfig({ schema }: SetupRequest): SetupRequest['schema'] {
  return typeof schema === 'string' && schema.trim() === '' ? undefined : schema
}

/** The same few configs come again and again. */
const rememberedConfigs = 1_000
/** Characters of all of them. */
const rememberedLength = 16 * 1024 * 1024

/** @returns a check that throws HtxError `HTX_LABEL_CONFIG_INVALID` or `HTX_LABEL_CONFIG_UNFIT` */
function configChecker(facts: ModelFacts): (xml: string) => void {
  const fitting = new Set<string>()
  let length = 0
  return xml => {
    if (fitting.has(xml)) return
    const config = parseLabelConfig(xml)
    // A new project has an empty config; its owner connects the backend first and labels later.
    if (config.controls.size > 0) findBindings(config, facts.inputTypes, facts.outputTypes)
    if (fitting.size >= rememberedConfigs || length + xml.length > rememberedLength) {
      fitting.clear()
      length = 0
    }
    fitting.add(xml)
    length += xml.length
  }
}
