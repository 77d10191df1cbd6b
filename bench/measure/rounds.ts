/**
 * Measures all contenders once a round, one after the other, so that what slows the machine down for a while slows all of them: figures
 * are compared within a round. Every second round goes the other way round.
 *
 * @returns for each contender its figures, one a round
 */
export async function interleave<Name extends string, Figures>(
  contenders: readonly Name[],
  rounds: number,
  measure: (contender: Name, round: number) => Promise<Figures>,
): Promise<Map<Name, Figures[]>> {
  const all = new Map<Name, Figures[]>(contenders.map(name => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? contenders : contenders.toReversed()) {
      all.get(name)?.push(await measure(name, round))
    }
  }
  return all
}

/** One figure of one contender divided by the same of another, within each round. */
export function ratios<Figures>(
  ours: readonly Figures[],
  theirs: readonly Figures[],
  figure: (figures: Figures) => number,
): number[] {
  return ours.map((own, round) => figure(own) / figure(theirs[round] as Figures))
}
