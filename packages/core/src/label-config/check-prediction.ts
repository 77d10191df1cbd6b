import type { Region } from '../wire/region.ts'
import { checkRegionInto, describe } from './check-region.ts'
import { findTag } from './find-tag.ts'
import type { ControlTag, LabelConfig, ObjectTag } from './label-config.ts'
import type { PredictionProblem } from './prediction-problem.ts'
import { type RegionsById, regionsById } from './regions-by-id.ts'
import { jsonFault } from './rules/json-fault.ts'
import { checkOneEntry } from './rules/one-entry.ts'
import { checkRelation } from './rules/relation.ts'
import { isNumber, isRecord, type Report } from './rules/rule.ts'
import { checkOwnId, checkPartner, labelsTool } from './rules/same-region.ts'
import { checkTrackLabels } from './rules/track-labels.ts'
import { controlFacts } from './tags.ts'

/** After so many the rest is not worth reading. */
const mostProblems = 100

/**
 * Says what in a prediction Label Studio would reject, drop or show nowhere. Label Studio itself checks nothing of it: what is not
 * caught here is silently lost, and some of it takes the whole batch along.
 *
 * @param labelConfig read from XML: the JSON form lacks attributes and trees that rules need
 * @param task its data is compared with offsets and ids, when given
 * @returns problems, the first hundred; empty when the editor shows all of it
 */
export function checkPrediction(
  prediction: unknown,
  labelConfig: LabelConfig,
  task?: { readonly data: Readonly<Record<string, unknown>> },
): PredictionProblem[] {
  const problems: PredictionProblem[] = []
  const report: Report = (path, expected, got, mend) => {
    if (problems.length < mostProblems) problems.push({ path, expected, got: describe(got), mend })
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
  checkResult(result, labelConfig, task?.data, report, problems)
  if (problems.length === 0) {
    const fault = jsonFault(prediction)
    if (fault !== undefined)
      report(fault.path.slice(1), fault.expected, fault.got, 'Use plain values that JSON can hold.')
  }
  return problems
}

function checkResult(
  result: readonly unknown[],
  labelConfig: LabelConfig,
  data: Readonly<Record<string, unknown>> | undefined,
  report: Report,
  problems: readonly PredictionProblem[],
): void {
  let place = 0
  const reportHere: Report = (path, expected, got, mend) => {
    report(path === '' ? `result[${place}]` : `result[${place}].${path}`, expected, got, mend)
  }
  const said = new Set<string>()
  let known: RegionsById | undefined
  // Most results hold one region: they need no index.
  const regions = () => {
    known ??= regionsById(result)
    return known
  }
  for (; place < result.length && problems.length < mostProblems; place += 1) {
    const entry = result[place]
    if (!isRecord(entry)) reportHere('', 'a region', entry, 'Make regions with the region builders.')
    else if (entry.type === 'relation') checkRelation(entry, regions(), reportHere)
    else {
      const { control, object } = tagsOf(entry, labelConfig, reportHere) ?? {}
      if (control === undefined) continue
      const { family } = controlFacts(control.tag)
      checkRegionInto(entry as Region, control, object, data, reportHere)
      if (control.perRegion || labelsTool(control, object)) {
        checkPartner(entry, control, object, labelConfig, regions(), reportHere)
      }
      if (family === 'video-rectangle') checkTrackLabels(entry, object, labelConfig, reportHere)
      checkOneEntry(entry, control, labelConfig, regions, said, reportHere)
      if (result.length > 1) checkOwnId(entry, control, regions(), reportHere)
    }
  }
}

interface Tags {
  readonly control: ControlTag
  readonly object: ObjectTag | undefined
}

/** The tags that a region names; undefined, and a problem, when the editor would drop it. */
function tagsOf(entry: Record<string, unknown>, config: LabelConfig, report: Report): Tags | undefined {
  const { from_name, to_name } = entry
  const control = findTag(config.controls, from_name)
  if (control === undefined) {
    const expected = `the name of a control: ${names(config.controls.keys())}`
    report('from_name', expected, from_name, 'Builders take it from the binding.')
    return undefined
  }
  const object = findTag(config.objects, to_name)
  if (!refersTo(control, to_name, object)) {
    const expected = `an object of <${control.tag} name="${control.name}">: ${names(control.toName)}`
    report('to_name', expected, to_name, 'Builders take it from the binding.')
    return undefined
  }
  return { control, object }
}

/** The editor itself writes a Pairwise's own name as its target. */
function refersTo(control: ControlTag, toName: unknown, object: ObjectTag | undefined): boolean {
  if (toName === control.name) return ['pairwise', 'chat', 'opaque'].includes(controlFacts(control.tag).family)
  return object !== undefined && control.toName.includes(object.name)
}

function names(all: Iterable<string>): string {
  return [...all].slice(0, 12).join(', ') || 'the config has none'
}
