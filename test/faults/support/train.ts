import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { TrainFn } from '@htx/core'

interface Resources {
  /** Of a file with the ids of the tasks that it was trained on. */
  readonly seenFile: string
}

/** A train function for `echo.ts`: notes what it was trained on, and does before what `params.training` says. */
export const train: TrainFn<Resources, [text: string]> = async (items, workingDir, context) => {
  const seen: (number | string)[] = []
  for await (const { id } of items) seen.push(id)
  const [command = '', argument = ''] = String(context.params.training ?? '').split(' ')
  context.progress(0.5, 'half of it')
  await act(command, Number(argument), workingDir)
  const seenFile = join(workingDir, 'seen.json')
  await writeFile(seenFile, JSON.stringify(seen))
  return { seenFile }
}

async function act(command: string, amount: number, workingDir: string): Promise<void> {
  if (command === 'pause') await pause(amount)
  if (command === 'spin') spinDeaf(amount)
  if (command === 'stopped') process.kill(process.pid, 'SIGSTOP')
  if (command === 'family') await foundFamily(amount)
  if (command === 'write') await fillDisk(workingDir, amount)
  if (command === 'fill') {
    await fillDisk(workingDir, amount)
    // Its limit is looked at now and then.
    await pause(3_600_000)
  }
}

/** Hears nothing, not even the end of its server. */
function spinDeaf(amount: number): void {
  process.on('SIGTERM', () => {})
  for (const end = performance.now() + amount; performance.now() < end; );
}

/** Programs that start programs, deaf to SIGTERM, each in a group of its own; they hold its output open. */
async function foundFamily(children: number): Promise<void> {
  const script = "trap '' TERM; (trap '' TERM; sleep 3600) & setsid sleep 3600 & echo started; wait"
  for (let child = 0; child < children; child += 1) {
    const started = spawn('sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
    await once(started.stdout, 'data')
  }
  await pause(3_600_000)
}

async function fillDisk(workingDir: string, mebibytes: number): Promise<void> {
  for (let file = 0; file < mebibytes; file += 1)
    await writeFile(join(workingDir, `${file}.bin`), new Uint8Array(1024 * 1024).fill(file))
}
