import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface MadeCertificate {
  readonly cert: string
  readonly key: string
}

/** Why none can be made; false when they can. */
export const whyNoCertificates = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return false
  } catch {
    return 'there is no openssl to make certificates with'
  }
})()

/** @param name of whom it is, which a test sees @param folder where it may be made */
export function makeCertificate(name: string, folder: string): MadeCertificate {
  const [certFile, keyFile] = [join(folder, `${name}.made.pem`), join(folder, `${name}.made-key.pem`)]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile]
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost', '-days', '30']
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, '-out', certFile], { stdio: 'ignore' })
  return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
}
