import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { ErrorCode } from '../errors/codes.ts'
import { HtxError } from '../errors/htx-error.ts'
import type { TSchema } from '../wire/type.ts'

export interface SchemaWords {
  /** Code of the error that a wrong value gives. */
  readonly code: ErrorCode
  /** What is being read, such as `the body of /predict`. */
  readonly what: string
  /** Makes numbers and such of texts in the value, as a query string has them. Default: false. */
  readonly fromText?: boolean
}

/**
 * Makes a reader out of a JSON Schema: a value comes out as it went in, or an error says where it is wrong, what was expected
 * and what came. Compiled at first use, so that nothing happens on import.
 */
export function compileSchema<T>(
  schema: TSchema,
  { code, what, fromText = false }: SchemaWords,
): (value: unknown) => T {
  let validate: ValidateFunction | undefined
  return value => {
    validate ??= new Ajv({ allowUnionTypes: true, coerceTypes: fromText, verbose: true }).compile(schema)
    if (validate(value)) {
      if (fromText) expectFinite(value, code, what)
      return value as T
    }
    const errors = validate.errors as [ErrorObject, ...ErrorObject[]]
    const [error] = errors
    throw new HtxError(
      code,
      `${what}${pathOf(error)} ${choiceOf(errors) ?? expectation(error)}; got ${describe(valueAt(value, error.instancePath), isPrivate(error, code))}`,
    )
  }
}

/** Ajv makes `Infinity` of the text `1e400`, and holds it against no limit of a number. */
function expectFinite(value: unknown, code: ErrorCode, what: string): void {
  for (const [key, entry] of Object.entries(value ?? {})) {
    if (typeof entry !== 'number' || Number.isFinite(entry)) continue
    throw new HtxError(code, `${what}: ${key} must be a finite number; got ${entry}`)
  }
}

function pathOf({ instancePath }: ErrorObject): string {
  return instancePath === '' ? '' : `: ${shorten(instancePath.slice(1).replaceAll('/', '.'))}`
}

/** Secrets, and what comes with requests: it is people's data. */
function isPrivate({ parentSchema }: ErrorObject, code: ErrorCode): boolean {
  return code === 'HTX_REQUEST_INVALID' || parentSchema?.writeOnly === true
}

function expectation({ keyword, params, parentSchema, message = 'is not as expected' }: ErrorObject): string {
  if (parentSchema?.writeOnly === true) return `is not as it must be (${parentSchema.description})`
  if (keyword === 'additionalProperties') return `must not have «${shorten(params.additionalProperty)}»`
  if (keyword === 'enum') return `must be one of ${JSON.stringify(params.allowedValues)}`
  return message
}

/** A union of literals fails once per literal. */
function choiceOf(errors: readonly ErrorObject[]): string | undefined {
  const allowed = errors.flatMap(({ keyword, params }) => (keyword === 'const' ? [params.allowedValue] : []))
  return allowed.length > 1 ? `must be one of ${allowed.join(', ')}` : undefined
}

function valueAt(value: unknown, pointer: string): unknown {
  let at = value
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    at = (at as Record<string, unknown> | undefined)?.[key]
  }
  return at
}

function describe(value: unknown, isHidden: boolean): string {
  if (isHidden && typeof value === 'string') return `a text of ${value.length} characters`
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null)
    return `an object with ${shorten(Object.keys(value).slice(0, 8).join(', ')) || 'no keys'}`
  return JSON.stringify(value)?.slice(0, 60) ?? 'nothing'
}

/** Keys may be of any length. */
function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 199)}…` : text
}
