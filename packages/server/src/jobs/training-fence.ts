import { join } from 'node:path'
import type { TrainingLimits } from './training-limits.ts'

export interface FenceSettings {
  readonly limits: TrainingLimits
  /** Let Node refuse writes outside the job's directories, where it can (Node ≥ 22). */
  readonly sandbox: boolean
  readonly jobDirectory: string
  readonly stagingDirectory: string
}

/** Variables that programs need to run at all, and to reach what they fetch. */
const usual = [
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'LANGUAGE',
  'LC_*',
  'TZ',
  'NODE_ENV',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_*',
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'],
]
const usualOnWindows = ['SystemRoot', 'SystemDrive', 'ComSpec', 'PATHEXT', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA']

/** What of this process's environment a training gets. @param named variables that the operator allows */
export function allowedEnvironment(named: readonly string[]): NodeJS.ProcessEnv {
  const patterns = [...usual, ...(process.platform === 'win32' ? usualOnWindows : []), ...named]
  const isAllowed = (name: string) =>
    patterns.some(pattern => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern))
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => isAllowed(name)))
}

/** Flags that keep a training within its limits, as far as the runtime has such. */
export function nodeFlags({ limits, sandbox, jobDirectory, stagingDirectory }: FenceSettings): string[] {
  if ('bun' in process.versions) return []
  const flags = limits.memoryMb === undefined ? [] : [`--max-old-space-size=${limits.memoryMb}`]
  const [major = 0] = process.versions.node.split('.').map(Number)
  if (!sandbox || major < 22 || !process.allowedNodeEnvironmentFlags.has('--permission')) return flags
  return [
    ...flags,
    '--permission',
    // Each permission below has a warning of its own.
    '--disable-warning=SecurityWarning',
    '--allow-fs-read=*',
    // With a separator at the end it means what is below.
    `--allow-fs-write=${join(jobDirectory, '/*')}`,
    `--allow-fs-write=${join(stagingDirectory, '/*')}`,
    // Native add-ons, the TypeScript loader (a thread and a program) and network: models need them.
    '--allow-addons',
    '--allow-worker',
    '--allow-child-process',
    ...(process.allowedNodeEnvironmentFlags.has('--allow-net') ? ['--allow-net'] : []),
    ...(process.allowedNodeEnvironmentFlags.has('--allow-wasi') ? ['--allow-wasi'] : []),
  ]
}
