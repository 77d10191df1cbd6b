/** One thing in a prediction that the editor would not show, or that Label Studio would reject. */
export interface PredictionProblem {
  /** Where, such as `result[0].value.choices[1]`. */
  readonly path: string
  /** What was expected there. */
  readonly expected: string
  /** What came. */
  readonly got: string
  /** What to do about it. */
  readonly mend: string
}
