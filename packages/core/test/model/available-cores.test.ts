import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { withTempDirectory } from '../../../../test/support/temp-directory.ts'
import { availableCores, cgroupCores } from '../../src/model/available-cores.ts'

function withFiles(files: Readonly<Record<string, string>>, work: (root: string) => void): Promise<void> {
  return withTempDirectory(async root => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), text)
    }
    work(root)
  })
}

describe('the cores that a process may use', () => {
  it('are never more than the machine has, and at least one', () => {
    const cores = availableCores()
    assert.ok(Number.isInteger(cores) && cores >= 1 && cores <= availableParallelism(), String(cores))
  })

  it('are limited by a container of control groups 2', () =>
    withFiles({ 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': '150000 100000\n' }, root =>
      assert.equal(cgroupCores(root), 1.5),
    ))

  it('are limited by a group above as well', () =>
    withFiles(
      {
        'proc/self/cgroup': '0::/apps.slice/htx.service\n',
        'sys/fs/cgroup/apps.slice/cpu.max': '200000 100000\n',
        'sys/fs/cgroup/apps.slice/htx.service/cpu.max': 'max 100000\n',
      },
      root => assert.equal(cgroupCores(root), 2),
    ))

  it('are limited by a container of control groups 1, whose path is the host’s', () =>
    withFiles(
      {
        'proc/self/cgroup': '4:memory:/docker/1f\n3:cpu,cpuacct:/docker/1f\n0::/\n',
        'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '300000\n',
        'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      },
      root => assert.equal(cgroupCores(root), 3),
    ))

  it('are not limited where nothing says so', async () => {
    await withFiles({}, root => assert.equal(cgroupCores(root), Number.POSITIVE_INFINITY))
    await withFiles({ 'proc/self/cgroup': '3:cpu:/\n', 'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n' }, root =>
      assert.equal(cgroupCores(root), Number.POSITIVE_INFINITY),
    )
  })
})
