import { readFileSync } from 'node:fs'
import { rootCertificates } from 'node:tls'
import { HtxError } from '../../errors/htx-error.ts'

/**
 * The authorities that connections trust: those of the runtime, of NODE_EXTRA_CA_CERTS, and of a file of the operator.
 *
 * @returns PEM; undefined when nothing is added to what the runtime trusts by itself
 * @throws HtxError `HTX_OPTION_INVALID` when the file cannot be read, or holds no certificate
 */
export function readAuthorities(file: string | undefined): readonly string[] | undefined {
  if (file === undefined) return undefined
  // A list takes the place of all that the runtime would trust, its own extra ones included.
  const extra = process.env.NODE_EXTRA_CA_CERTS
  const own = extra === undefined || extra === '' ? [] : [readPem(extra, 'NODE_EXTRA_CA_CERTS')]
  return [...rootCertificates, ...own, readPem(file, '--ca-file')]
}

function readPem(path: string, from: string): string {
  let pem: string
  try {
    pem = readFileSync(path, 'utf8')
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException
    throw new HtxError('HTX_OPTION_INVALID', `${from} must be a file of certificates in PEM; ${path}: ${code}`, {
      cause: error,
    })
  }
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem
  throw new HtxError('HTX_OPTION_INVALID', `${from} must be a file of certificates in PEM; ${path} holds none`)
}
