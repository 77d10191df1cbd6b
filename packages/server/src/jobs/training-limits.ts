import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { HtxError } from '@htx/core'
import { memoryOf } from './process-group.ts'

export interface TrainingLimits {
  readonly timeoutMs: number
  /** Resident memory of the process and what it starts, MiB; JavaScript's heap alone where that cannot be read. */
  readonly memoryMb: number | undefined
  /** Files in its directories, MiB. */
  readonly diskMb: number
}

export interface LimitWatch {
  stop(): void
}

interface WatchSettings {
  readonly pid: number
  readonly limits: TrainingLimits
  readonly directories: readonly string[]
  /** @param options `atOnce`: what it harms is harmed every moment that it runs on */
  onExceeded(error: HtxError, options: { readonly atOnce: boolean }): void
}

const lookMs = 500

/** Watches a training process from outside: one that computes without pause hears nothing. */
export function watchLimits({ pid, limits, directories, onExceeded }: WatchSettings): LimitWatch {
  let looking = false
  const clock = setTimeout(() => {
    const error = new HtxError(
      'HTX_TRAINING_TIMEOUT',
      `the training took longer than ${limits.timeoutMs / 1000} s and was ended; raise --train-timeout, or train on less`,
    )
    onExceeded(error, { atOnce: false })
  }, limits.timeoutMs)
  const timer = setInterval(async () => {
    if (looking) return
    looking = true
    await look().finally(() => {
      looking = false
    })
  }, lookMs)

  return {
    stop() {
      clearTimeout(clock)
      clearInterval(timer)
    },
  }

  async function look(): Promise<void> {
    const { memoryMb, diskMb } = limits
    const memory = memoryMb === undefined ? undefined : await memoryOf(pid)
    if (memory !== undefined && memoryMb !== undefined && memory > memoryMb * mebibyte) {
      onExceeded(exceeded('memory', memory, memoryMb, '--train-memory-mb'), { atOnce: true })
      return
    }
    const disk = await sizeOf(directories)
    if (disk > diskMb * mebibyte) onExceeded(exceeded('disk', disk, diskMb, '--train-disk-mb'), { atOnce: true })
  }
}

const mebibyte = 1024 * 1024

function exceeded(what: string, bytes: number, limitMb: number, flag: string): HtxError {
  return new HtxError(
    'HTX_TRAINING_LIMIT',
    `the training used ${Math.round(bytes / mebibyte)} MiB of ${what}, more than ${limitMb}, and was ended; raise ${flag}, or use less`,
  )
}

/** What the files below some directories hold, bytes. */
async function sizeOf(directories: readonly string[]): Promise<number> {
  let bytes = 0
  for (const directory of directories) {
    const entries = await readdir(directory, { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const path = join(directory, entry.name)
      if (entry.isDirectory()) bytes += await sizeOf([path])
      else
        bytes += await lstat(path).then(
          facts => facts.size,
          () => 0,
        )
    }
  }
  return bytes
}
