/*
 * Cuts the SBOM of one package out of that of the repository (CycloneDX, on standard input): the package itself and what it needs, directly or not.
 *
 *     node scripts/own-sbom.mjs @htx/core@0.1.0 < all.cdx.json
 */
import { readFileSync } from 'node:fs'

const [, , wanted = ''] = process.argv
const all = JSON.parse(readFileSync(0, 'utf8'))
const component = all.components.find(({ 'bom-ref': ref }) => ref === wanted)
if (component === undefined)
  throw new Error(`there is no ${wanted} in this SBOM; it is of ${all.metadata.component.purl}`)

const needs = new Map(all.dependencies.map(({ ref, dependsOn = [] }) => [ref, dependsOn]))
const reached = new Set([wanted])
for (const ref of reached) for (const next of needs.get(ref) ?? []) reached.add(next)

// npm names a workspace by its folder.
const named = part =>
  part.purl.startsWith('pkg:npm/%40htx/') ? { ...part, name: part['bom-ref'].replace(/@[^@]+$/, '') } : part
const own = {
  ...all,
  serialNumber: `urn:uuid:${crypto.randomUUID()}`,
  metadata: { ...all.metadata, component: named(component) },
  components: all.components.filter(part => part !== component && reached.has(part['bom-ref'])).map(named),
  dependencies: all.dependencies.filter(({ ref }) => reached.has(ref)),
}
process.stdout.write(`${JSON.stringify(own, null, 2)}\n`)
