import type { Binding } from '../label-config/label-config.ts'
import type { Region } from '../wire/region.ts'
import { finishRegion, type PerRegionOptions, type RegionOptions } from './finish-region.ts'

/** Texts, for `<TextArea>`. With `of` it transcribes a region: an OCR line, a stretch of speech. */
export function textArea(binding: Binding, texts: readonly string[], options: PerRegionOptions = {}): Region {
  return finishRegion(binding, ['TextArea'], { text: [...texts] }, options)
}

/** Stars, for `<Rating>`. @param stars 0 to `maxRating` */
export function rating(binding: Binding, stars: number, options: PerRegionOptions = {}): Region {
  return finishRegion(binding, ['Rating'], { rating: stars }, options)
}

/** A number, for `<Number>`. */
export function numberValue(binding: Binding, number: number, options: PerRegionOptions = {}): Region {
  return finishRegion(binding, ['Number'], { number }, options)
}

/** A date or time, for `<DateTime>`. @param value as the tag's `format` says; by default ISO, such as `2026-03-01` */
export function dateTime(binding: Binding, value: string, options: PerRegionOptions = {}): Region {
  return finishRegion(binding, ['DateTime'], { datetime: value }, options)
}

/** Which of two is better, for `<Pairwise>`. */
export function pairwise(binding: Binding, selected: 'left' | 'right', options: RegionOptions = {}): Region {
  return finishRegion(binding, ['Pairwise'], { selected }, options)
}

/** An order of items, for `<Ranker>`. @param ids of the items, best first; by bucket where the config has buckets */
export function ranker(
  binding: Binding,
  ids: readonly string[] | Readonly<Record<string, readonly string[]>>,
  options: RegionOptions = {},
): Region {
  const buckets = isList(ids) ? { [binding.control.name]: ids } : ids
  const value = Object.fromEntries(Object.entries(buckets).map(([bucket, order]) => [bucket, [...order]]))
  return finishRegion(binding, ['Ranker'], { ranker: value }, options)
}

export interface ChatTurn {
  /** Such as `assistant`. */
  readonly role: string
  readonly content: string
  /** Default: now. */
  readonly createdAt?: Date
}

/** A message, for `<Chat>`. */
export function chatMessage(
  binding: Binding,
  { role, content, createdAt = new Date() }: ChatTurn,
  options: RegionOptions = {},
): Region {
  const chatmessage = { role, content, createdAt: createdAt.getTime() }
  return finishRegion(binding, ['Chat', 'ChatMessage'], { chatmessage }, options)
}

function isList(ids: readonly string[] | Readonly<Record<string, readonly string[]>>): ids is readonly string[] {
  return Array.isArray(ids)
}
