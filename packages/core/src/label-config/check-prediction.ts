import type { Region } from '../wire/region.ts'
import { checkRegion, describe } from './check-region.ts'
import type { ControlTag, LabelConfig, ObjectTag } from './label-config.ts'
import type { PredictionProblem } from './prediction-problem.ts'
import { isNumber } from './rules/rule.ts'
import { controlFacts } from './tags.ts'

/** After so many the rest is not worth reading. */
const mostProblems = 100

/**
 * Says what in a prediction Label Studio would reject, drop or show nowhere. Label Studio itself checks nothing of it: what is not
 * caught here is silently lost, and some of it takes the whole batch along.
 *
 * @param task its data is compared with offsets and ids, when given
 * @returns problems; empty when the editor shows all of it
 */
export function checkPrediction(
  prediction: unknown,
  labelConfig: LabelConfig,
  task?: { readonly data: Readonly<Record<string, unknown>> },
): PredictionProblem[] {
  const problems: PredictionProblem[] = []
  const report = (path: string, expected: string, got: unknown, mend: string) => {
    problems.push({ path, expected, got: describe(got), mend })
  }
  if (!isRecord(prediction)) {
    report('prediction', 'an object with a list "result"', prediction, 'Return { result: […], score }.')
    return problems
  }
  const { result, score, model_version } = prediction
  if (score !== undefined && score !== null && !(isNumber(score) && score >= 0 && score <= 1)) {
    report('score', 'a number from 0 to 1', score, 'Leave it out when it is not known.')
  }
  if (model_version !== undefined && typeof model_version !== 'string') {
    report('model_version', 'a text', model_version, 'Leave it out: the server fills it in.')
  }
  if (!Array.isArray(result)) {
    report('result', 'a list of regions', result, 'Write result: [] when there is nothing to say.')
    return problems
  }
  for (const [place, entry] of result.entries()) {
    if (problems.length >= mostProblems) break
    checkEntry(entry, `result[${place}]`, { result, labelConfig, data: task?.data, problems, report })
  }
  return problems
}

interface EntryContext {
  readonly result: readonly unknown[]
  readonly labelConfig: LabelConfig
  readonly data: Readonly<Record<string, unknown>> | undefined
  readonly problems: PredictionProblem[]
  report(path: string, expected: string, got: unknown, mend: string): void
}

function checkEntry(entry: unknown, path: string, context: EntryContext): void {
  const { labelConfig, data, problems, report } = context
  if (!isRecord(entry)) {
    report(path, 'a region', entry, 'Make regions with the region builders.')
    return
  }
  if (entry.type === 'relation') {
    checkRelation(entry, path, context)
    return
  }
  const { from_name, to_name } = entry
  const control = named(labelConfig.controls, from_name)
  if (control === undefined) {
    report(
      `${path}.from_name`,
      `the name of a control: ${names(labelConfig.controls)}`,
      from_name,
      'Builders take it from the binding.',
    )
    return
  }
  const object = named(labelConfig.objects, to_name)
  if (!refersTo(control, to_name, object)) {
    report(
      `${path}.to_name`,
      `an object of <${control.tag} name="${control.name}">: ${control.toName.join(', ')}`,
      to_name,
      'Builders take it from the binding.',
    )
    return
  }
  const own = checkRegion(entry as Region, control, object, data)
  for (const problem of own) problems.push({ ...problem, path: `${path}.${problem.path}` })
  checkPartner(entry, path, control, object, context)
}

/** The editor itself writes a Pairwise's own name as its target. Names of a repeater hold a pattern. */
function refersTo(control: ControlTag, toName: unknown, object: ObjectTag | undefined): boolean {
  if (typeof toName !== 'string') return false
  if (toName === control.name) return ['pairwise', 'chat', 'opaque'].includes(controlFacts(control.tag).family)
  return object !== undefined && control.toName.includes(object.name)
}

/** What says something about a region shares that region's id. */
function checkPartner(
  entry: Record<string, unknown>,
  path: string,
  control: ControlTag,
  object: ObjectTag | undefined,
  { result, labelConfig, report }: EntryContext,
): void {
  const isLabelOfTool = control.tag === 'Labels' && (object?.tag === 'Image' || object?.tag === 'Video')
  if (!control.perRegion && !isLabelOfTool) return
  const partner = result.some(other => {
    if (other === entry || !isRecord(other) || entry.id === undefined || other.id !== entry.id) return false
    const by = named(labelConfig.controls, other.from_name)
    return by !== undefined && !by.perRegion && !(isLabelOfTool && by.tag === 'Labels')
  })
  if (!partner) {
    const whose = isLabelOfTool ? 'the region that a tool such as <Rectangle> drew' : 'the region that it speaks about'
    report(`${path}.id`, `the id of ${whose}`, entry.id, 'Give the builder that region: { of: region }.')
  }
}

function checkRelation(entry: Record<string, unknown>, path: string, { result, report }: EntryContext): void {
  for (const end of ['from_id', 'to_id'] as const) {
    const id = entry[end]
    const exists =
      typeof id === 'string' && result.some(other => isRecord(other) && other.type !== 'relation' && other.id === id)
    if (!exists) report(`${path}.${end}`, 'the id of a region of this result', id, 'Give relation the two regions.')
  }
  const { direction } = entry
  if (direction !== undefined && direction !== 'left' && direction !== 'right' && direction !== 'bi') {
    report(`${path}.direction`, '"left", "right" or "bi"', direction, 'Write direction: "right".')
  }
}

/** Inside a `<Repeater>` names hold a variable such as `{{idx}}`. */
function named<T extends { readonly name: string }>(tags: ReadonlyMap<string, T>, name: unknown): T | undefined {
  if (typeof name !== 'string') return undefined
  const exact = tags.get(name)
  if (exact !== undefined) return exact
  for (const tag of tags.values()) {
    if (tag.name.includes('{{') && patternOf(tag.name).test(name)) return tag
  }
  return undefined
}

function patternOf(name: string): RegExp {
  const parts = name.split(/\{\{[^}]*\}\}/).map(part => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('[^/]+')}$`)
}

function names(tags: ReadonlyMap<string, unknown>): string {
  return [...tags.keys()].slice(0, 12).join(', ') || 'the config has none'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
