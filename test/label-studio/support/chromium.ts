import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Page } from 'playwright-core'
import { openTask } from './editor.ts'
import { chromiumPath } from './environments.ts'
import type { LabelStudio } from './label-studio.ts'

/** A Chromium in which the user of a Label Studio has logged in. */
export interface Browser {
  readonly page: Page
  close(): Promise<void>
}

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // The page may ask for fonts and the like; whatever is not on this machine has no address.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
]

/** Screenshots that a test run leaves behind. */
const artefacts =
  process.env.HTX_E2E_ARTEFACTS || fileURLToPath(new URL('../../../.tmp/label-studio/', import.meta.url))

/** Starts a browser with an empty profile and logs in. */
export async function openBrowser({ url, user }: LabelStudio): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'htx-chromium-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath,
    headless: true,
    args: flags,
    viewport: { width: 1280, height: 800 },
  })
  const close = async () => {
    await context.close()
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    const page = context.pages()[0] ?? (await context.newPage())
    page.setDefaultTimeout(60_000)
    await page.goto(`${url}/user/login/`)
    await page.fill('input[name=email]', user.email)
    await page.fill('input[name=password]', user.password)
    await Promise.all([page.waitForURL(address => !address.pathname.includes('login')), page.click('[type=submit]')])
    return { page, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Where a person sees a task. */
export function taskUrl({ url }: LabelStudio, project: number, task: number): string {
  return `${url}/projects/${project}/data?task=${task}`
}

/** Saves what the page shows among the artefacts of the test run. @param name without extension */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  await saveScreenshot(page, join(artefacts, `${name}.png`))
}

async function saveScreenshot(page: Page, file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await page.screenshot({ path: file })
}

/** A picture of what a person sees of a task, such as an example's README shows. @param file path of the PNG */
export async function picture(labelStudio: LabelStudio, url: string, file: string, regions: number): Promise<void> {
  const { page, close } = await openBrowser(labelStudio)
  try {
    await openTask(page, url, regions)
    await page.waitForLoadState('networkidle')
    await saveScreenshot(page, file)
  } finally {
    await close()
  }
}
