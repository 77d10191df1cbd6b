import { readFileSync } from 'node:fs'
import { InvalidArgumentError, Option } from 'commander'

/** A flag whose environment variables stand in for it, the first that has a value: Docker Compose sets those to nothing that it has none for. */
export function flag(flags: string, description: string, ...variables: string[]): Option {
  const option = new Option(flags, description)
  // Of a switch the variable would count whatever it holds.
  const isSwitch = !flags.includes('<')
  const set = variables.find(name => {
    const value = process.env[name] ?? ''
    return value !== '' && !(isSwitch && /^(0|false|no|off)$/i.test(value))
  })
  return set === undefined ? option : option.env(set)
}

/** For a flag that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value]
}

/** For a flag that may be given several times, or hold several names; its variable holds them with commas. */
export function collectList(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), ...value.split(',').map(part => part.trim())]
}

export function port(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value
  throw new InvalidArgumentError('expected a port from 0 to 65535.')
}

export function count(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1) return value
  throw new InvalidArgumentError('expected a whole number, 1 or more.')
}

/** Several numbers with commas. @returns each once, ascending */
export function counts(text: string): number[] {
  return [...new Set(text.split(',').map(part => count(part.trim())))].sort((a, b) => a - b)
}

/** Flags that several programs have. */
export const sharedFlags = {
  threads: () =>
    flag(
      '--threads <number>',
      'threads a session in a model may use (default: cores / workers)',
      'HTX_THREADS',
    ).argParser(count),
  loadTimeout: () =>
    flag('--load-timeout <seconds>', 'longest load in a worker (default: 300)', 'HTX_LOAD_TIMEOUT').argParser(seconds),
  config: () => flag('--config <file>', 'JSON of options for the model (context.options)', 'HTX_CONFIG'),
  set: () =>
    new Option('--set <key=value>', 'one such option, as often as needed; wins over --config')
      .argParser(collect)
      .default([]),
} as const

export function countOrNone(text: string): number {
  return text === '0' ? 0 : count(text)
}

export function milliseconds(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('expected a number of milliseconds above 0.')
}

/** @returns milliseconds */
export function seconds(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return Math.round(value * 1000)
  throw new InvalidArgumentError('expected a number of seconds above 0.')
}

/** Fields that have a value. */
export function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}

/** Of the programs. */
export const version: string = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
