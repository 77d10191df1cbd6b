import { HtxError, type StoredVersion } from '@htx/core'
import { chooseVersion, deleteVersion, unchooseVersion } from '../models/choose-version.ts'
import type { VersionStatus } from '../models/version-state.ts'
import type { Route, RouteContext } from './context.ts'

interface VersionPath {
  Params: { readonly project: string; readonly version: string }
}

/** `/api/models` and `/api/versions`: what there is, what serves and why, and a person's choice of it. */
export const apiVersionsRoute: Route = (app, context) => {
  const { versions, facts } = context
  const path = '/api/versions/:project/:version'
  app.get('/api/models', { schema: { summary: 'The model that is served' } }, async () => ({
    models: [
      {
        name: facts.className,
        inputTypes: facts.inputTypes ?? null,
        outputTypes: facts.outputTypes,
        requiresTraining: facts.requiresTraining,
      },
    ],
  }))
  app.get('/api/versions', { schema: { summary: 'Model versions and their states' } }, async () => ({
    versions: await Promise.all(versions.list().map(status => describe(status, context))),
  }))
  app.get<VersionPath>(path, { schema: { summary: 'One version, with its manifest' } }, async ({ params }) => {
    const { manifest } = await context.store.read(params.project, params.version)
    return { ...(await statusOf(params, context)), manifest }
  })
  app.post<VersionPath>(
    `${path}/activate`,
    { schema: { summary: 'Serves a version until a newer one comes' } },
    ({ params }) => choose(params, { pinned: false }, context),
  )
  app.post<VersionPath>(
    `${path}/pin`,
    { schema: { summary: 'Serves a version, whatever newer ones come' } },
    ({ params }) => choose(params, { pinned: true }, context),
  )
  app.post<VersionPath>(
    `${path}/unpin`,
    { schema: { summary: 'Leaves it to the newest version again' } },
    async ({ params }) => {
      await unchooseVersion(context, params.project, params.version)
      return statusOf(params, context)
    },
  )
  app.delete<VersionPath>(
    path,
    { schema: { summary: 'Deletes a version that does not serve' } },
    async ({ params }) => {
      await deleteVersion(context, params.project, params.version)
      return {}
    },
  )
}

async function choose(
  { project, version }: VersionPath['Params'],
  how: { readonly pinned: boolean },
  context: RouteContext,
): Promise<object> {
  await chooseVersion(context, project, version, how)
  return statusOf({ project, version }, context)
}

async function statusOf({ project, version }: VersionPath['Params'], context: RouteContext): Promise<object> {
  const status = context.versions.list().find(seen => seen.project === project && seen.version === version)
  if (status !== undefined) return describe(status, context)
  throw new HtxError(
    'HTX_VERSION_NOT_FOUND',
    `version ${version} of project ${project} has not been seen yet; ask again`,
  )
}

/** A status with what its manifest and people say of the version. */
async function describe(status: VersionStatus, { store }: RouteContext): Promise<object> {
  const { project, version } = status
  if (project === null) return status
  const stored: StoredVersion | undefined = await store.read(project, version).catch(() => undefined)
  const choice = await store.choice(project).catch(() => undefined)
  return {
    ...status,
    ...(choice?.version === version ? { chosen: choice.pinned ? 'pinned' : 'until a newer one' } : {}),
    createdAt: stored?.manifest.createdAt ?? null,
    metrics: stored?.manifest.metrics ?? null,
  }
}
