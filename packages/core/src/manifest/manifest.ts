import { HtxError, messageOf } from '../errors/htx-error.ts'
import { compileSchema } from '../validation/compile-schema.ts'
import { type Static, Type } from '../wire/type.ts'
import { namePattern } from './model-version.ts'

/** Name of the file that makes a directory a model version. */
export const manifestName = 'manifest.json'

/** Raised when a reader of today would misread what is written; a new field that may be ignored does not raise it. */
export const manifestFormat = 1

/** Of resources that are JSON and not weights; what `train()` returns may be a fifth of it. */
export const largestManifestBytes = 64 * 1024 * 1024

/** Levels of lists and objects: what is nested deeper cannot be copied from thread to thread. */
const deepestNesting = 200

const Name = Type.String({ pattern: namePattern.source })
/** Relative, with `/`, without empty, `.` and `..` steps: it cannot leave the directory. */
const innerPathPattern = '^(?!(?:.*/)?\\.{0,2}(?:/|$))[^\\\\\\u0000]+$'

const VersionFileSchema = Type.Object({
  path: Type.String({ pattern: innerPathPattern }),
  sizeBytes: Type.Integer({ minimum: 0 }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
})

/** A file of a version, its path relative to the version's directory. */
export type VersionFile = Static<typeof VersionFileSchema>

export const ManifestSchema = Type.Object({
  format: Type.Literal(manifestFormat),
  /** Where the version was trained; the directory that it lies in now says which project it serves. */
  project: Name,
  version: Name,
  /** ISO 8601, UTC. */
  createdAt: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$' }),
  /** Version that the training went on from. */
  parent: Type.Optional(Name),
  /** The training that made it, as the log and the list of jobs name it. */
  job: Type.Optional(Type.String()),
  /** Version of @htx/core that wrote this. */
  htxVersion: Type.String(),
  /** What the train function returned; `paths` of it are relative to the version's directory. */
  resources: Type.Record(Type.String(), Type.Unknown()),
  /** JSON pointers of the texts in `resources` that are paths inside the version's directory. */
  paths: Type.Array(Type.String()),
  /** Every file but the manifest. */
  files: Type.Array(VersionFileSchema),
  metrics: Type.Optional(Type.Record(Type.String(), Type.Number())),
  /** Why it is not to go live by itself, such as a metric that is worse than that of the version before. */
  held: Type.Optional(Type.String()),
})

/** The content of `manifest.json`. */
export type Manifest = Static<typeof ManifestSchema>

/** Checks a manifest that was parsed or made. @throws HtxError `HTX_MANIFEST_INVALID` */
export function checkManifest(value: unknown): Manifest {
  const format = (value as { format?: unknown } | null)?.format
  if (typeof format === 'number' && format > manifestFormat) {
    throw new HtxError(
      'HTX_MANIFEST_INVALID',
      `the manifest has format ${format}; this htx reads up to ${manifestFormat}. Update htx, or train the version with this one`,
    )
  }
  const manifest = checkShape(value)
  if (isDeeper(manifest.resources, deepestNesting)) {
    throw new HtxError(
      'HTX_MANIFEST_INVALID',
      `resources may be nested ${deepestNesting} levels deep; these are nested deeper. Write them to a file in the working directory`,
    )
  }
  return manifest
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some(inner => isDeeper(inner, levels - 1))
}

const checkShape = compileSchema<Manifest>(ManifestSchema, { code: 'HTX_MANIFEST_INVALID', what: 'the manifest' })

/** @throws HtxError `HTX_MANIFEST_INVALID` for what is not JSON, not a manifest, or of a newer format */
export function parseManifest(text: string): Manifest {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new HtxError('HTX_MANIFEST_INVALID', `the manifest must be JSON: ${messageOf(error)}`, { cause: error })
  }
  return checkManifest(value)
}
