import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ModelStore } from '@htx/core'
import { publish } from '../../../bench/measure/publish.ts'
import { eventually } from '../../support/model-server.ts'
import type { Readiness, Served } from './served.ts'

/** @returns the version that answers for project 12 */
export async function servedVersion(server: Served): Promise<string> {
  const { status, text } = await server.ask('echo')
  assert.equal(status, 200, text)
  return (JSON.parse(text) as { model_version: string }).model_version
}

export async function serves(server: Served, version: string): Promise<void> {
  await eventually(
    () => servedVersion(server),
    answered => answered === version,
    60_000,
  )
}

/** A version in `/api/versions`. */
export interface VersionView {
  readonly version: string
  readonly state: string
  readonly reason?: string
  readonly attempts?: number
  readonly nextRetryAt?: string | null
}

export async function versionStatus({ url }: Pick<Served, 'url'>, version: string): Promise<VersionView | undefined> {
  const { versions } = (await (await fetch(`${url}/api/versions`)).json()) as { versions: readonly VersionView[] }
  return versions.find(each => each.version === version)
}

/** Waits until a version is said to have failed; the server must be ready all the same. @returns why it failed */
export async function untilFailed(server: Served, version: string): Promise<string> {
  const find = ({ versions }: Readiness) => versions.find(each => each.version === version && each.state === 'failed')
  const answer = await eventually(server.readyz, each => find(each) !== undefined, 60_000)
  assert.equal(answer.code, 200, 'a version that failed makes no server unready')
  return find(answer)?.reason ?? ''
}

/** Waits until the server has looked at all that lies in its models directory now: it knows of what comes after. */
export async function untilLooked(server: Served): Promise<Readiness> {
  const version = await publish(server.modelsDir, 'last-one')
  return eventually(server.readyz, ({ versions }) => versions.some(each => each.version === version), 60_000)
}

/** Makes a version with a file elsewhere, has it spoilt, and moves it in by a rename. @returns its name */
export async function bringSpoilt(
  { folder, modelsDir }: Served,
  spoil: (directory: string) => Promise<unknown>,
): Promise<string> {
  const store = await ModelStore.open(join(folder, `elsewhere-${randomUUID()}`))
  const staged = await store.stage('default')
  await writeFile(join(staged.directory, 'weights.bin'), 'x'.repeat(100_000))
  const { version, directory } = await store.publish(staged, { resources: {} })
  await spoil(directory)
  await mkdir(join(modelsDir, 'default'), { recursive: true })
  await rename(directory, join(modelsDir, 'default', version))
  return version
}
