import { type LegacySchema, legacySchemaKey } from '@htx/core'
import type { FastifyBaseLogger } from 'fastify'
import { within } from '../pool/within.ts'
import type { ProjectSettings } from '../state/project-store.ts'
import type { RouteContext } from './context.ts'

/** Milliseconds. */
const patienceMs = 1_000

interface SaidOfProject {
  readonly labelConfig?: string | null | undefined
  /** A label config, or the binding that Label Studio 0.4–0.6 got from `/validate`. */
  readonly schema?: string | LegacySchema | null | undefined
  readonly hostname?: string | null | undefined
  readonly accessToken?: string | null | undefined
}

/**
 * Keeps what a request says of its project, for files of its tasks and for trainings later. It must not cost the request if that fails.
 *
 * @param log of the request
 */
export async function rememberProject(
  project: string,
  { labelConfig, schema, hostname, accessToken }: SaidOfProject,
  { trainer, callers, validated }: RouteContext,
  log: FastifyBaseLogger,
): Promise<void> {
  callers.remember(project, { hostname, accessToken })
  if (trainer === undefined) return
  const binding = typeof schema === 'object' && schema !== null ? schema : undefined
  const xml = labelConfig ?? (typeof schema === 'string' ? schema : undefined)
  const said: Partial<Omit<ProjectSettings, 'changes'>> = {
    labelConfig: xml ?? (binding && validated.get(legacySchemaKey(binding))),
    legacySchema: binding,
    hostname: hostname || undefined,
    accessToken: accessToken || undefined,
  }
  const remembered = trainer.state.projects
    .remember(project, said)
    .catch(error => log.error({ project, err: error }, 'the settings of a project could not be stored'))
  // Label Studio waits for `/setup`, and another process may have locked the database for long; it goes on.
  await within(remembered, patienceMs)
}
