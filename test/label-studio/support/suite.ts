import { after, before, describe } from 'node:test'
import { type Browser, openBrowser } from './chromium.ts'
import { withoutChromium, withoutLabelStudio } from './environments.ts'
import { type LabelStudio, startLabelStudio } from './label-studio.ts'

/** What tests run against. */
export interface Running extends LabelStudio {
  /** @throws where there is no Chromium: such tests say `skip: withoutChromium()` */
  browser(): Browser
}

/** Tests of one subject. @param running gives what is there once the tests run */
export type Suite = (running: () => Running) => void

/** Runs suites against one Label Studio, which is started once; skipped in so many words where it is not installed. */
export function describeLabelStudio(version: string, suites: readonly Suite[]): void {
  describe(`Label Studio ${version}`, { skip: withoutLabelStudio(version) }, () => {
    let labelStudio: LabelStudio
    let browser: Browser | undefined
    before(async () => {
      labelStudio = await startLabelStudio(version)
      if (withoutChromium() === false) browser = await openBrowser(labelStudio)
    })
    after(async () => {
      await browser?.close()
      await labelStudio?.close()
    })
    const running = (): Running => ({
      ...labelStudio,
      browser() {
        if (browser === undefined) throw new Error('there is no Chromium')
        return browser
      },
    })
    for (const suite of suites) suite(running)
  })
}
