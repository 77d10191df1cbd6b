/**
 * One entry of a `result` list, exactly as on the wire. Regions that share an `id` are the same region in the editor.
 * Make them with the region builders, never by hand.
 */
export interface Region {
  id?: string
  /** Name of the control tag. */
  from_name: string
  /** Name of the object tag. */
  to_name: string
  /** Lower-cased control tag, such as `rectanglelabels`. */
  type: string
  value: Record<string, unknown>
  /** Confidence of this region, 0–1; the editor shows it. */
  score?: number
  /** Size of the image, pixels. */
  original_width?: number
  original_height?: number
  /** Degrees, clockwise. */
  image_rotation?: number
  /** Length of the audio, seconds. */
  original_length?: number
  origin?: 'manual' | 'prediction' | 'prediction-changed'
  /** Which image of a multi-image object, from 0. */
  item_index?: number
  readonly?: boolean
  hidden?: boolean
  parentID?: string
  meta?: Record<string, unknown>
  [extra: string]: unknown
}

/** A relation between two regions of the same result; it has neither id nor value. */
export interface Relation {
  type: 'relation'
  from_id: string
  to_id: string
  direction: 'left' | 'right' | 'bi'
  labels?: string[]
}

export type ResultEntry = Region | Relation
