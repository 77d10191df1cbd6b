import { HtxError } from '../errors/htx-error.ts'
import type { Region, Relation } from '../wire/region.ts'

export interface RelationOptions {
  /** Default: `right`, from the first to the second. */
  readonly direction?: 'left' | 'right' | 'bi'
  readonly labels?: readonly string[]
}

/** An arrow between two regions of the same result. */
export function relation(from: Region, to: Region, { direction = 'right', labels }: RelationOptions = {}): Relation {
  if (from.id === undefined || to.id === undefined) {
    throw new HtxError('HTX_REGION_INVALID', 'a relation needs two regions with ids; builders give them one')
  }
  return {
    type: 'relation',
    from_id: from.id,
    to_id: to.id,
    direction,
    ...(labels === undefined ? {} : { labels: [...labels] }),
  }
}
