import { type Exchange, generations, recordings } from '../../../../test/support/fixtures.ts'

/** A label config that a recorded request carries: as XML, or parsed by Label Studio itself, or both. */
export interface RecordedConfig {
  readonly where: string
  readonly xml: string | undefined
  readonly parsed: unknown
}

/** Every label config of the recorded traffic, each once. */
export function recordedConfigs(): RecordedConfig[] {
  const found = new Map<string, RecordedConfig>()
  for (const generation of generations) {
    for (const [file, exchanges] of recordings(generation)) {
      for (const { xml, parsed } of exchanges.flatMap(configsOf)) {
        const where = `${generation}/${file}`
        found.set(JSON.stringify([where, xml, parsed]), { where, xml, parsed })
      }
    }
  }
  return [...found.values()]
}

function configsOf({ body = {} }: Exchange): Omit<RecordedConfig, 'where'>[] {
  const { schema, config, label_config, project } = body
  const { label_config: ofProject, parsed_label_config: parsed } = (project ?? {}) as Record<string, unknown>
  const inBody = [schema, config, label_config].filter(isXml).map(xml => ({ xml, parsed: undefined }))
  if (parsed === undefined) return inBody
  return [...inBody, { xml: isXml(ofProject) ? ofProject : undefined, parsed }]
}

function isXml(value: unknown): value is string {
  return typeof value === 'string' && value.trimStart().startsWith('<')
}
