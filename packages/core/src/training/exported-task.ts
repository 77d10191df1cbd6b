/** A task as in Label Studio's JSON export. */
export interface ExportedTask {
  readonly id?: unknown
  readonly data: Readonly<Record<string, unknown>>
  readonly annotations?: readonly unknown[]
  readonly [field: string]: unknown
}
