/*
 * Label Studio counts characters of Text and HyperText in Unicode code points, JavaScript in UTF-16 units: an emoji is one there, two
 * here. Source: the editor's selection-tools.js and domManager.ts.
 */

/** A stretch of a text; offsets in code points, end exclusive. */
export interface TextSpan {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Code points before a UTF-16 index of a text. */
export function codePointOffset(text: string, utf16Index: number): number {
  let offset = 0
  for (let at = 0; at < utf16Index; offset += 1) at += isPair(text, at) ? 2 : 1
  return offset
}

/** UTF-16 index of a code point of a text. */
export function utf16Offset(text: string, codePointIndex: number): number {
  let at = 0
  for (let offset = 0; offset < codePointIndex && at < text.length; offset += 1) at += isPair(text, at) ? 2 : 1
  return at
}

/**
 * The span between two UTF-16 indices, such as those of a match: `spanOf(text, match.index, match.index + match[0].length)`.
 */
export function spanOf(text: string, utf16Start: number, utf16End: number): TextSpan {
  const start = codePointOffset(text, utf16Start)
  const part = text.slice(utf16Start, utf16End)
  return { start, end: start + codePointOffset(part, part.length), text: part }
}

function isPair(text: string, at: number): boolean {
  return (text.codePointAt(at) ?? 0) > 0xffff
}
