/** A number from 0 to 1 (exclusive), the next of a seeded row. */
export type Random = () => number

type Container = Record<string, unknown> | unknown[]

interface Place {
  readonly holder: Container
  readonly key: string | number
}

/** Values of every sort: what a careless model may leave where another belongs. */
const strays: readonly unknown[] = [
  ...[null, true, false, '', 'nonsense', '3', '0.5', 0, 1, -1, 0.5, 2.5, 99, 101, -7.25, 1e6],
  ...[[], {}, ['nonsense'], [3], [['nonsense']], { start: 1 }, [null], [[10, 10]]],
]

/** One way to spoil a prediction. Changes it in place; false when there is nothing to spoil this way. */
type Mutation = (result: unknown[], names: Names, random: Random, prediction: object) => boolean

/** What else a config has, for names that exist but do not belong. */
export interface Names {
  readonly controls: readonly string[]
  readonly objects: readonly string[]
  readonly labels: readonly string[]
  readonly types: readonly string[]
}

const mutations: Readonly<Record<string, Mutation>> = {
  'drop a field': (result, _, random) => remove(pickFrom(placesIn(result), random)),
  'put a stray value': (result, _, random) => put(pickFrom(placesIn(result), random), stray(random)),
  'turn a number into a text': (result, _, random) => {
    const place = pickFrom(placesIn(result).filter(hasNumber), random)
    return put(place, String(at(place)))
  },
  'move a number': (result, _, random) => {
    const place = pickFrom(placesIn(result).filter(hasNumber), random)
    const number = Number(at(place))
    return put(
      place,
      pick([-number - 1, number + 100, number * 10, number + 0.5, number + 1000, -0.01, 100.01], random),
    )
  },
  'put a list around': (result, _, random) => {
    const place = pickFrom(placesIn(result), random)
    return put(place, [at(place)])
  },
  'take out of its list': (result, _, random) => {
    const isList = (place: Place) => Array.isArray(at(place))
    const place = pickFrom(placesIn(result).filter(isList), random)
    return place !== undefined && put(place, (at(place) as unknown[])[0])
  },
  'take another label': (result, { labels }, random) => {
    const place = pickFrom(placesIn(result).filter(isLabel), random)
    const label = String(at(place))
    return put(place, pick([...labels, 'nonsense', '', `${label} `, label.toLowerCase()], random))
  },
  'say a label twice': (result, _, random) => {
    const place = pickFrom(placesIn(result).filter(isLabel), random)
    return Array.isArray(place?.holder) && place.holder.push(at(place)) > 0
  },
  'take another name': (result, { controls, objects, types }, random) => {
    const region = pickFrom(result.filter(isRegion), random)
    const key = pick(['from_name', 'to_name', 'type'] as const, random)
    const others = { from_name: [...controls, 'nope'], to_name: [...objects, ...controls, 'nope'], type: types }
    return region !== undefined && put({ holder: region, key }, pick(others[key], random))
  },
  'change an id': (result, _, random) => {
    const region = pickFrom(result.filter(isRegion), random)
    return region !== undefined && put({ holder: region, key: 'id' }, pick([7, null, '', 'other', 'second'], random))
  },
  'put a score': (result, _, random) => {
    const region = pickFrom(result.filter(isRegion), random)
    return region !== undefined && put({ holder: region, key: 'score' }, pick([0.5, null, '0.5', 2, -1, true], random))
  },
  'say it twice': (result, _, random) => result.push(structuredClone(pick(result, random))) > 0,
  'leave a region out': (result, _, random) => result.splice(Math.floor(random() * result.length), 1).length > 0,
  'turn a shape': (result, _, random) => {
    const shape = pickFrom(result.filter(hasTurn), random)
    if (shape === undefined) return false
    const { value } = shape
    value.rotation = pick([90, -45, 180, 400], random)
    for (const key of ['height', 'radiusY']) if (typeof value[key] === 'number') value[key] *= pick([0.5, 2.5], random)
    return true
  },
  'put the first last': result => result.length > 1 && result.push(result.shift()) > 0,
  'add what is no region': (result, _, random) => result.push(stray(random)) > 0,
  'change a relation': (result, _, random) => {
    const relation = result.find(entry => isObject(entry) && entry.type === 'relation')
    if (!isObject(relation)) return false
    const key = pick(['direction', 'labels', 'from_id', 'to_id', 'type'], random)
    return put({ holder: relation, key }, pick([stray(random), 'left', 'bi', ['a label'], undefined], random))
  },
  'exchange two values': (result, _, random) => {
    const [one, other] = [pickFrom(result.filter(isRegion), random), pickFrom(result.filter(isRegion), random)]
    if (one === undefined || other === undefined || one === other) return false
    ;[one.value, other.value] = [other.value, one.value]
    return true
  },
  'change the prediction': (_result, _names, random, prediction) => {
    const key = pick(['score', 'model_version', 'result'], random)
    return put({ holder: prediction as Container, key }, pick([stray(random), '0.5', null, undefined, 'v1'], random))
  },
}

/**
 * Spoils a prediction once, in a way that the row of random numbers chooses.
 *
 * @returns how, and the spoiled copy
 */
export function spoil<T extends { result: unknown[] }>(prediction: T, names: Names, random: Random): [string, T] {
  for (;;) {
    const [how, mutate] = pick(Object.entries(mutations), random)
    const copy = structuredClone(prediction)
    if (mutate(copy.result, names, random, copy)) return [how, copy]
  }
}

/** Every field of every region, as deep as they go; of long lists, such as masks, the beginning. */
function placesIn(holder: Container): Place[] {
  const keys = Array.isArray(holder) ? [...holder.keys()].slice(0, 10) : Object.keys(holder)
  return keys.flatMap(key => {
    const value = at({ holder, key })
    return [{ holder, key }, ...(typeof value === 'object' && value !== null ? placesIn(value as Container) : [])]
  })
}

function at(place: Place | undefined): unknown {
  return place && (place.holder as Record<string | number, unknown>)[place.key]
}

function put(place: Place | undefined, value: unknown): boolean {
  if (place === undefined) return false
  ;(place.holder as Record<string | number, unknown>)[place.key] = value
  return true
}

function remove(place: Place | undefined): boolean {
  if (place === undefined) return false
  if (Array.isArray(place.holder)) place.holder.splice(Number(place.key), 1)
  else delete place.holder[place.key]
  return true
}

function hasNumber(place: Place): boolean {
  return typeof at(place) === 'number'
}

function isLabel(place: Place): boolean {
  return Array.isArray(place.holder) && typeof at(place) === 'string'
}

function isObject(entry: unknown): entry is Record<string, unknown> {
  return typeof entry === 'object' && entry !== null && !Array.isArray(entry)
}

function isRegion(entry: unknown): entry is Record<string, unknown> {
  return isObject(entry) && entry.type !== 'relation'
}

function hasTurn(entry: unknown): entry is { value: Record<string, unknown> } {
  return isRegion(entry) && isObject(entry.value) && typeof entry.value.rotation === 'number'
}

function stray(random: Random): unknown {
  return structuredClone(pick(strays, random))
}

/** @param from must not be empty */
function pick<T>(from: readonly T[], random: Random): T {
  return from[Math.floor(random() * from.length)] as T
}

function pickFrom<T>(from: readonly T[], random: Random): T | undefined {
  return from.length === 0 ? undefined : pick(from, random)
}
