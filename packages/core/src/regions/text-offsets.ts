import { HtxError } from '../errors/htx-error.ts'

/*
 * Label Studio counts characters of Text and HyperText in Unicode code points, JavaScript in UTF-16 units: an emoji is one there, two
 * here. Source: the editor's selection-tools.js and domManager.ts.
 */

/** A stretch of a text; offsets in code points, end exclusive. */
export interface TextSpan {
  readonly start: number
  readonly end: number
  /** What it covers; older editors show nothing without it. */
  readonly text?: string
}

/** Code points before a UTF-16 index of a text. An index between the halves of a pair counts the pair. */
export function codePointOffset(text: string, utf16Index: number): number {
  let offset = 0
  for (let at = 0; at < utf16Index; offset += 1) at += isPair(text, at) ? 2 : 1
  return offset
}

/** UTF-16 index of a code point of a text; the text's length when it has not so many. */
export function utf16Offset(text: string, codePointIndex: number): number {
  let at = 0
  for (let offset = 0; offset < codePointIndex && at < text.length; offset += 1) at += isPair(text, at) ? 2 : 1
  return at
}

/**
 * The span between two UTF-16 indices, such as those of a match: `spanOf(text, match.index, match.index + match[0].length)`.
 *
 * @param utf16End exclusive
 * @throws HtxError `HTX_REGION_INVALID` when it is empty or not within the text
 */
export function spanOf(text: string, utf16Start: number, utf16End: number): Required<TextSpan> {
  if (!(utf16Start >= 0 && utf16Start < utf16End && utf16End <= text.length)) {
    throw new HtxError(
      'HTX_REGION_INVALID',
      `expected a span of the text, 0 to ${text.length}, with at least one character; got ${utf16Start} to ${utf16End}. The end is exclusive.`,
    )
  }
  const start = codePointOffset(text, utf16Start)
  const end = codePointOffset(text, utf16End)
  return { start, end, text: text.slice(utf16Start, utf16End) }
}

function isPair(text: string, at: number): boolean {
  return (text.codePointAt(at) ?? 0) > 0xffff
}
