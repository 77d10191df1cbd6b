import type { LabelStudioClient } from '@htx/server'

/** How a project comes to show the predictions of a version; undefined when it does. A project shows a version, or follows a backend by its title. */
export async function showingAdvice(
  client: LabelStudioClient,
  id: string,
  version: string,
): Promise<string | undefined> {
  // The predictions are in: a Label Studio that says nothing more is no reason to fail.
  const project = await client.project(id).catch(() => undefined)
  if (project === undefined || project.modelVersion === version) return undefined
  const { modelVersion } = project
  const backends = await client.backends(id).catch(() => [])
  const answering = backends.filter(backend => backend.modelVersion === version)
  if (answering.some(({ title }) => title === modelVersion)) return undefined
  const [backend] = answering
  const choice = backend === undefined ? version : `the backend «${backend.title || backend.url}», not a version,`
  const shown = modelVersion === undefined ? 'no predictions' : `those of ${modelVersion}`
  return `project ${id} shows ${shown}: choose ${choice} in Settings > Annotation > Prelabeling`
}
