import type { AnnotatedTask, AnnotationRecord, TaskRecord } from '@htx/core'
import type { Kysely, Transaction } from 'kysely'
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

  constructor(db: Kysely<Tables>) {
    this.#db = db
  }

  /**
   * Stores tasks with their annotations.
   *
   * @param listedAt when a whole listing of the project began, by our clock: it may bring back what was deleted before
   * @returns how many annotations are new, changed, or newly known to be skipped
   */
  async put(project: string, tasks: readonly AnnotatedTask[], { listedAt = 0 } = {}): Promise<number> {
    let changes = 0
    await this.#each(tasks, async (tx, { task, annotations }) => {
      if (await putTask(tx, project, task, listedAt)) return
      for (const annotation of annotations) {
        changes += await putAnnotation(tx, project, String(task.id), annotation, listedAt)
      }
    })
    return changes
  }

  /** Deletes annotations, also ones that are not there yet: their creation may be told later. @returns how many were there */
  async deleteAnnotations(project: string, ids: readonly (number | string)[]): Promise<number> {
    const now = Date.now()
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
    const now = Date.now()
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

  /** Writes many things in transactions that are short, so that others get their turn between them. */
  async #each<T>(things: readonly T[], write: (tx: Transaction<Tables>, thing: T) => Promise<void>): Promise<void> {
    for (let at = 0; at < things.length; at += chunk) {
      if (at > 0) await nextTurn()
      await this.#db.transaction().execute(async tx => {
        for (const thing of things.slice(at, at + chunk)) await write(tx, thing)
      })
    }
  }

  async deleteProject(project: string): Promise<void> {
    await this.#db.deleteFrom('annotations').where('project', '=', project).execute()
    await this.#db.deleteFrom('tasks').where('project', '=', project).execute()
  }
}

/** @returns true when the task was deleted and stays so */
async function putTask(tx: Transaction<Tables>, project: string, task: TaskRecord, listedAt: number): Promise<boolean> {
  const { updatedAt } = task
  const taskId = String(task.id)
  const json = JSON.stringify(task)
  const written = await tx
    .insertInto('tasks')
    .values({ project, taskId, json, updatedAt, deletedAt: null })
    .onConflict(conflict =>
      conflict
        .columns(['project', 'taskId'])
        .doUpdateSet({ json, updatedAt, deletedAt: null })
        .where(({ eb, or, and }) =>
          or([
            and([eb('tasks.deletedAt', 'is', null), eb('tasks.updatedAt', '<=', updatedAt)]),
            eb('tasks.deletedAt', '<', listedAt),
          ]),
        ),
    )
    .executeTakeFirst()
  if (Number(written.numInsertedOrUpdatedRows) > 0) return false
  const there = await tx
    .selectFrom('tasks')
    .select('deletedAt')
    .where('project', '=', project)
    .where('taskId', '=', taskId)
    .executeTakeFirst()
  return there?.deletedAt !== null
}

/** @returns 1 when it says something new */
async function putAnnotation(
  tx: Transaction<Tables>,
  project: string,
  taskId: string,
  annotation: AnnotationRecord,
  listedAt: number,
): Promise<number> {
  const annotationId = String(annotation.id)
  const json = JSON.stringify(annotation)
  // Part of the listing, also where the clock was set back since it began.
  const storedAt = Math.max(Date.now(), listedAt)
  const before = await tx
    .selectFrom('annotations')
    .select(['json', 'updatedAt', 'deletedAt'])
    .where('project', '=', project)
    .where('annotationId', '=', annotationId)
    .executeTakeFirst()
  if (before !== undefined) {
    if (before.deletedAt !== null && before.deletedAt >= listedAt) return 0
    if (before.deletedAt === null && before.updatedAt > annotation.updatedAt) {
      await touch(tx, project, annotationId, storedAt)
      return 0
    }
    if (before.json === json) {
      await touch(tx, project, annotationId, storedAt)
      return 0
    }
  }
  const fields = {
    taskId,
    json,
    updatedAt: annotation.updatedAt,
    wasCancelled: annotation.wasCancelled ? 1 : 0,
    deletedAt: null,
    storedAt,
  }
  await tx
    .insertInto('annotations')
    .values({ project, annotationId, ...fields })
    .onConflict(conflict => conflict.columns(['project', 'annotationId']).doUpdateSet(fields))
    .execute()
  return 1
}

/** It is still there. */
async function touch(tx: Transaction<Tables>, project: string, annotationId: string, storedAt: number): Promise<void> {
  await tx
    .updateTable('annotations')
    .set({ storedAt })
    .where('project', '=', project)
    .where('annotationId', '=', annotationId)
    .execute()
}

function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
