// Says what `npm audit --json` found, which comes on standard input. Ends with 1 for serious advisories, and for what npm cannot read here; not when the registry gave no answer.
import { readFileSync } from 'node:fs'

const [, , lock] = process.argv
const text = readFileSync(0, 'utf8')
const report = parse(text)
const counts = report?.metadata?.vulnerabilities

if (counts !== undefined) {
  const serious = Object.values(report.vulnerabilities ?? {}).filter(({ severity }) =>
    /^(high|critical)$/.test(severity),
  )
  for (const { name, severity, range, via } of serious) {
    const titles = via.map(cause => (typeof cause === 'string' ? `by ${cause}` : `${cause.title} ${cause.url}`))
    console.log(`${lock}: ${name} ${range}: ${severity}: ${titles.join('; ')}`)
  }
  if (serious.length > 0) process.exitCode = 1
  else console.log(`${lock}: no serious advisories (${counts.total} others)`)
} else if (gaveNoAnswer(report)) {
  // A mirror may have no advisories to ask for, or be out of reach; that is no finding.
  console.log(`${lock}: not checked, the registry gives no advisories (${report.statusCode ?? 'no answer'})`)
} else {
  console.log(`${lock}: npm audit failed: ${text.slice(0, 2_000)}`)
  process.exitCode = 1
}

function parse(json) {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** npm has a message when it could not ask, and a code alone for what is wrong here. */
function gaveNoAnswer(failure) {
  return failure?.message !== undefined || failure?.error?.code === 'ENOAUDIT'
}
