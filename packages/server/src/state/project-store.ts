import type { LegacySchema } from '@htx/core'
import { type Kysely, sql } from 'kysely'
import type { Tables } from './tables.ts'

/** What Label Studio said of a project. */
export interface ProjectSettings {
  readonly labelConfig: string | undefined
  readonly legacySchema: LegacySchema | undefined
  readonly hostname: string | undefined
  readonly accessToken: string | undefined
  /** Annotations that came, changed or went since the last training began. */
  readonly changes: number
}

/** The settings of projects. */
export class ProjectStore {
  readonly #db: Kysely<Tables>

  constructor(db: Kysely<Tables>) {
    this.#db = db
  }

  async get(project: string): Promise<ProjectSettings | undefined> {
    const row = await this.#db.selectFrom('projects').selectAll().where('project', '=', project).executeTakeFirst()
    if (row === undefined) return undefined
    return {
      labelConfig: row.labelConfig ?? undefined,
      legacySchema: row.legacySchema === null ? undefined : JSON.parse(row.legacySchema),
      hostname: row.hostname ?? undefined,
      accessToken: row.accessToken ?? undefined,
      changes: row.changes,
    }
  }

  /**
   * Stores what is said; what is not said stays. Address and token are said together: a token is for the Label Studio that sent it, and
   * would go to another if one of them stayed. Writes only what is new: `/setup` comes all the time.
   */
  async remember(project: string, said: Partial<Omit<ProjectSettings, 'changes'>>): Promise<void> {
    const known = await this.get(project)
    const legacySchema = said.legacySchema === undefined ? undefined : JSON.stringify(said.legacySchema)
    const { labelConfig, hostname, accessToken } = said
    const caller =
      hostname === undefined && accessToken === undefined
        ? {}
        : { hostname: hostname ?? null, accessToken: accessToken ?? null }
    const fields = { labelConfig, legacySchema, ...caller }
    const before = { ...known, legacySchema: known?.legacySchema && JSON.stringify(known.legacySchema) }
    const news = Object.fromEntries(
      Object.entries(fields).filter(
        ([key, value]) => value !== undefined && value !== (before[key as keyof typeof fields] ?? null),
      ),
    )
    if (known !== undefined && Object.keys(news).length === 0) return
    const empty = { labelConfig: null, legacySchema: null, hostname: null, accessToken: null }
    const insert = this.#db.insertInto('projects').values({ project, ...empty, ...news })
    const write = insert.onConflict(conflict =>
      Object.keys(news).length === 0 ? conflict.doNothing() : conflict.column('project').doUpdateSet(news),
    )
    await write.execute()
  }

  /** Counts changes of annotations. @returns how many there are since the last training began */
  async addChanges(project: string, count: number): Promise<number> {
    await this.remember(project, {})
    const row = await this.#db
      .updateTable('projects')
      .set({ changes: sql`changes + ${count}` })
      .where('project', '=', project)
      .returning('changes')
      .executeTakeFirst()
    return row?.changes ?? 0
  }

  /** A training begins. */
  async resetChanges(project: string): Promise<void> {
    await this.#db.updateTable('projects').set({ changes: 0 }).where('project', '=', project).execute()
  }

  /** Projects with so many changes. */
  async withChanges(atLeast: number): Promise<string[]> {
    const rows = await this.#db.selectFrom('projects').select('project').where('changes', '>=', atLeast).execute()
    return rows.map(({ project }) => project)
  }

  async delete(project: string): Promise<void> {
    await this.#db.deleteFrom('projects').where('project', '=', project).execute()
  }
}
