import type { TestContext } from 'node:test'
import fc from 'fast-check'

/** True when everything is asked for; else a few minutes of the same. */
export const isLong = process.env.HTX_LONG === '1'

const { HTX_FUZZ_SEED, HTX_FUZZ_PATH } = process.env

/** Another one each time; `HTX_FUZZ_SEED` and `HTX_FUZZ_PATH` repeat what a failure printed. */
export const seed = HTX_FUZZ_SEED === undefined ? Date.now() % 2 ** 31 : Number(HTX_FUZZ_SEED)

/** What of fast-check's properties is needed here. */
type Property<Ts> = fc.IAsyncProperty<Ts> | fc.IProperty<Ts>

/** Tries a property with so many generated values; throws with the smallest that breaks it, its seed and path. */
export async function holds<Ts>(
  test: TestContext,
  property: Property<Ts>,
  runs: { readonly short: number; readonly long: number },
): Promise<void> {
  const numRuns = isLong ? runs.long : runs.short
  test.diagnostic?.(`seed ${seed}, ${numRuns} runs`)
  await fc.assert(property as fc.IAsyncProperty<Ts>, {
    seed,
    numRuns,
    includeErrorInReport: true,
    ...(HTX_FUZZ_PATH === undefined ? {} : { path: HTX_FUZZ_PATH }),
  })
}
