import type { PredictionProblem } from '@htx/core'

/** What only `checkPrediction` refuses; docs/label-configs.md says of each what the editor does with it. */
interface OnlyOurs {
  readonly kind: string
  readonly path: RegExp
  readonly expected?: RegExp
}

/** What only the SDK refuses, by what it says. */
interface OnlySdk {
  readonly kind: string
  readonly says: RegExp
}

/** In the order of the page; the first that fits names the difference. */
export const onlyOurs: readonly OnlyOurs[] = [
  { kind: 'scores and versions of a prediction', path: /^(score|model_version)$/ },
  { kind: 'scores of a region', path: /\]\.score$/ },
  { kind: 'ids that are no texts', path: /\]\.id$/, expected: /^a text$/ },
  { kind: 'one id for two regions', path: /\]\.id$/, expected: /^an id of its own/ },
  { kind: 'words about no region', path: /\]\.id$/, expected: /^the id of the region/ },
  { kind: 'a place that is another', path: /\.value\./, expected: /^where its region is/ },
  { kind: 'two entries about the task', path: /\.from_name$/, expected: /^one entry/ },
  { kind: 'types in other letters', path: /\]\.type$/ },
  { kind: 'items', path: /\]\.item_index$/ },
  { kind: 'labels of a relation', path: /\]\.labels$/ },
  { kind: 'sizes of an image', path: /original_(width|height)$/ },
  { kind: 'nothing said', path: /\.value\.\w+$/, expected: /at least one (choice|label|path)|^a list of texts$/ },
  { kind: 'several choices', path: /\.value\.choices$/, expected: /^one choice/ },
  { kind: 'paths', path: /\.value\.(choices|taxonomy)\[/ },
  { kind: 'numbers, dates, stars and sides', path: /\.value\.(number|datetime|rating|selected)$/ },
  { kind: 'items of a ranking', path: /\.value\.ranker/ },
  { kind: 'times of a message', path: /\.value\.chatmessage/ },
  { kind: 'tracks', path: /\.value\.(sequence|framesCount|duration)/ },
  { kind: 'labels of a track', path: /\.value\.labels/, expected: /^one of|as the config has none/ },
  { kind: 'ranges of frames', path: /\.value\.ranges/ },
  { kind: 'stretches of sound', path: /\.value\.\w+$/, expected: /seconds from the beginning|number of a channel/ },
  { kind: 'spans of a dialogue', path: /\.value\.\w+$/, expected: /utterance|^at or after the start, "/ },
  { kind: 'stretches of a time series', path: /\.value\.(start|end|instant)$/, expected: /^at or after|^true or|time/ },
  { kind: 'spans of a text', path: /\.value\.((start|end)(Offset)?|text|globalOffsets)$/ },
  { kind: 'turns', path: /\.value\.rotation$/ },
  { kind: 'masks', path: /\.value\.(rle|format|imageDataURL)$/ },
  { kind: 'vectors', path: /\.value\.(vertices|closed)/ },
  { kind: 'dots of points', path: /\.value\.width$/, expected: /^the size of the dot/ },
  { kind: 'places and sizes of shapes', path: /\.value\.(x|y|width|height|radiusX|radiusY|points)/ },
]

export const onlySdk: readonly OnlySdk[] = [
  { kind: 'choices that nest', says: /unhashable type: 'list'/ },
  { kind: 'chats with toName', says: /'chatmessage' does not match expected type 'chat'/ },
  { kind: 'a Pairwise about itself', says: /'to_name' '\w+' not found in configuration/ },
  { kind: 'turned shapes', says: /Invalid geometry|'rotation': -?[1-9]/ },
  { kind: 'labels that people add', says: /Got: \{'taxonomy'/ },
]

/**
 * Names the difference when one side alone refuses a prediction.
 *
 * @returns undefined when it is not explained
 */
export function kindOf(problems: readonly PredictionProblem[], errors: readonly string[]): string | undefined {
  const [problem] = problems
  if (problem === undefined) return onlySdk.find(({ says }) => says.test(errors.join('\n')))?.kind
  return onlyOurs.find(({ path, expected }) => path.test(problem.path) && (expected?.test(problem.expected) ?? true))
    ?.kind
}
