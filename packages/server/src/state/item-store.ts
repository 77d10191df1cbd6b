import type { AnnotatedTask, AnnotationRecord, TaskRecord } from '@htx/core'
import type { Kysely, Transaction } from 'kysely'
import type { StateClock } from './open-clock.ts'
import { putItems } from './put-items.ts'
import type { Tables } from './tables.ts'

/** An annotation with its task, as a training gets it. */
export interface StoredItem {
  readonly task: TaskRecord
  readonly annotation: AnnotationRecord
}

/** Rows that one transaction writes: between them others get their turn. */
const chunk = 50

/** Rows that one query reads. */
const readChunk = 200

/**
 * Annotations by project and id. Label Studio may tell of one twice and out of order: the newest by its own clock stays, and what was
 * deleted stays so, unless a listing that began later still has it.
 */
export class ItemStore {
  readonly #db: Kysely<Tables>
  readonly #clock: StateClock

  /** @param clock what comes first has the smaller time: a listing ends what was stored before it began, and nothing else */
  constructor(db: Kysely<Tables>, clock: StateClock) {
    this.#db = db
    this.#clock = clock
  }

  /** When a listing begins that is about to be stored. */
  beginListing(): number {
    return this.#clock()
  }

  /**
   * Stores tasks with their annotations.
   *
   * @param listedAt when a whole listing of the project began (`beginListing`): it may bring back what was deleted before
   * @returns how many annotations are new, changed, or newly known to be skipped
   */
  async put(project: string, tasks: readonly AnnotatedTask[], { listedAt = 0 } = {}): Promise<number> {
    let changes = 0
    await this.#inPieces(tasks, async (tx, piece) => {
      changes += await putItems(tx, project, piece, { listedAt, storedAt: Math.max(this.#clock(), listedAt) })
    })
    return changes
  }

  /** Deletes annotations, also ones that are not there yet: their creation may be told later. @returns how many were there */
  async deleteAnnotations(project: string, ids: readonly (number | string)[]): Promise<number> {
    const now = this.#clock()
    let deleted = 0
    await this.#each(ids, async (tx, id) => {
      const annotationId = String(id)
      const there = await tx
        .selectFrom('annotations')
        .select('deletedAt')
        .where('project', '=', project)
        .where('annotationId', '=', annotationId)
        .executeTakeFirst()
      if (there !== undefined && there.deletedAt === null) deleted += 1
      await tx
        .insertInto('annotations')
        .values({
          project,
          annotationId,
          taskId: '',
          json: '',
          updatedAt: 0,
          wasCancelled: 0,
          deletedAt: now,
          storedAt: now,
        })
        .onConflict(conflict => conflict.columns(['project', 'annotationId']).doUpdateSet({ deletedAt: now, json: '' }))
        .execute()
    })
    return deleted
  }

  /** Deletes tasks and what was said about them. @returns how many annotations went with them */
  async deleteTasks(project: string, ids: readonly (number | string)[]): Promise<number> {
    const now = this.#clock()
    let deleted = 0
    await this.#each(ids, async (tx, id) => {
      const taskId = String(id)
      await tx
        .insertInto('tasks')
        .values({ project, taskId, json: '', updatedAt: 0, deletedAt: now })
        .onConflict(conflict => conflict.columns(['project', 'taskId']).doUpdateSet({ deletedAt: now, json: '' }))
        .execute()
      const gone = await tx
        .updateTable('annotations')
        .set({ deletedAt: now, json: '' })
        .where('project', '=', project)
        .where('taskId', '=', taskId)
        .where('deletedAt', 'is', null)
        .executeTakeFirst()
      deleted += Number(gone.numUpdatedRows)
    })
    return deleted
  }

  /** A whole listing of the project is stored: what it did not have is gone. @returns how many annotations went */
  async deleteUnlisted(project: string, listedAt: number): Promise<number> {
    const gone = await this.#db
      .updateTable('annotations')
      .set({ deletedAt: listedAt, json: '' })
      .where('project', '=', project)
      .where('deletedAt', 'is', null)
      .where('storedAt', '<', listedAt)
      .executeTakeFirst()
    return Number(gone.numUpdatedRows)
  }

  /** How many annotations a training would get. */
  async count(project: string, { includeSkipped = false } = {}): Promise<number> {
    const row = await this.#db
      .selectFrom('annotations')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('project', '=', project)
      .where('deletedAt', 'is', null)
      .$if(!includeSkipped, query => query.where('wasCancelled', '=', 0))
      .executeTakeFirst()
    return row?.count ?? 0
  }

  /** Everything that is known of a project, by annotation id; read in pieces. */
  async *list(project: string, { includeSkipped = false } = {}): AsyncGenerator<StoredItem> {
    let after = ''
    for (;;) {
      const rows = await this.#db
        .selectFrom('annotations as a')
        .innerJoin('tasks as t', join => join.onRef('t.project', '=', 'a.project').onRef('t.taskId', '=', 'a.taskId'))
        .select(['a.annotationId', 'a.json as annotation', 't.json as task'])
        .where('a.project', '=', project)
        .where('a.annotationId', '>', after)
        .where('a.deletedAt', 'is', null)
        .where('t.deletedAt', 'is', null)
        .$if(!includeSkipped, query => query.where('a.wasCancelled', '=', 0))
        .orderBy('a.annotationId')
        .limit(readChunk)
        .execute()
      for (const { task, annotation } of rows) yield { task: JSON.parse(task), annotation: JSON.parse(annotation) }
      const last = rows.at(-1)
      if (last === undefined) return
      after = last.annotationId
      await nextTurn()
    }
  }

  /** Writes things one by one. */
  #each<T>(things: readonly T[], write: (tx: Transaction<Tables>, thing: T) => Promise<void>): Promise<void> {
    return this.#inPieces(things, async (tx, piece) => {
      for (const thing of piece) await write(tx, thing)
    })
  }

  /** Writes many things in transactions that are short, so that others get their turn between them. */
  async #inPieces<T>(
    things: readonly T[],
    write: (tx: Transaction<Tables>, piece: readonly T[]) => Promise<void>,
  ): Promise<void> {
    for (let at = 0; at < things.length; at += chunk) {
      if (at > 0) await nextTurn()
      await this.#db.transaction().execute(tx => write(tx, things.slice(at, at + chunk)))
    }
  }

  async deleteProject(project: string): Promise<void> {
    await this.#db.deleteFrom('annotations').where('project', '=', project).execute()
    await this.#db.deleteFrom('tasks').where('project', '=', project).execute()
  }
}

function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
