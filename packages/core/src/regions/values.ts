import type { Binding } from '../label-config/label-config.ts'
import type { Region } from '../wire/region.ts'
import { finishRegion, type RegionOptions } from './finish-region.ts'

/** Texts, for `<TextArea>`. With `of` it transcribes a region: an OCR line, a stretch of speech. */
export function textArea(binding: Binding, texts: readonly string[], options: RegionOptions = {}): Region {
  return finishRegion(binding, ['TextArea'], { text: [...texts] }, options)
}

/** Stars, for `<Rating>`. @param stars 0 to `maxRating` */
export function rating(binding: Binding, stars: number, options: RegionOptions = {}): Region {
  return finishRegion(binding, ['Rating'], { rating: stars }, options)
}

/** A number, for `<Number>`. */
export function numberValue(binding: Binding, number: number, options: RegionOptions = {}): Region {
  return finishRegion(binding, ['Number'], { number }, options)
}

/** A date or time, for `<DateTime>`. @param value as the tag's format says; a `Date` becomes an ISO date */
export function dateTime(binding: Binding, value: string | Date, options: RegionOptions = {}): Region {
  return finishRegion(
    binding,
    ['DateTime'],
    { datetime: value instanceof Date ? value.toISOString().slice(0, 10) : value },
    options,
  )
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

/** A message, for `<Chat>`. */
export function chatMessage(
  binding: Binding,
  message: { readonly role: string; readonly content: string },
  options: RegionOptions = {},
): Region {
  return finishRegion(binding, ['Chat', 'ChatMessage'], { chatmessage: { ...message, createdAt: Date.now() } }, options)
}

function isList(ids: readonly string[] | Readonly<Record<string, readonly string[]>>): ids is readonly string[] {
  return Array.isArray(ids)
}
