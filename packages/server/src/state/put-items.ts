import type { AnnotatedTask, AnnotationRecord, TaskRecord } from '@htx/core'
import type { Insertable, Transaction } from 'kysely'
import type { AnnotationTable, Tables } from './tables.ts'

/*
 * Some statements for many rows: Label Studio tells of 5,000 annotations at once and waits a second.
 */

/** By the clock of the state. */
export interface ItemTimes {
  /** When a whole listing of the project began: it may bring back what was deleted before. */
  readonly listedAt: number
  /** Not before the listing that it is part of. */
  readonly storedAt: number
}

/**
 * Stores tasks with their annotations, where they say something new.
 *
 * @returns how many annotations are new or changed
 */
export async function putItems(
  tx: Transaction<Tables>,
  project: string,
  tasks: readonly AnnotatedTask[],
  times: ItemTimes,
): Promise<number> {
  if (tasks.length === 0) return 0
  const records = tasks.map(({ task }) => task)
  await putTasks(tx, project, records, times.listedAt)
  const deleted = await deletedAmong(tx, project, records)
  const given = tasks.flatMap(({ task, annotations }) => {
    const taskId = String(task.id)
    return deleted.has(taskId) ? [] : annotations.map(annotation => ({ taskId, annotation }))
  })
  return given.length === 0 ? 0 : putAnnotations(tx, project, given, times)
}

/** The newest stays; what was deleted stays so, unless a later listing has it. */
async function putTasks(
  tx: Transaction<Tables>,
  project: string,
  tasks: readonly TaskRecord[],
  listedAt: number,
): Promise<void> {
  const rows = tasks.map(task => ({
    project,
    taskId: String(task.id),
    json: JSON.stringify(task),
    updatedAt: task.updatedAt,
    deletedAt: null,
  }))
  await tx
    .insertInto('tasks')
    .values(rows)
    .onConflict(conflict =>
      conflict
        .columns(['project', 'taskId'])
        .doUpdateSet(({ ref }) => ({
          json: ref('excluded.json'),
          updatedAt: ref('excluded.updatedAt'),
          deletedAt: null,
        }))
        .where(({ eb, or, and, ref }) =>
          or([
            and([eb('tasks.deletedAt', 'is', null), eb('tasks.updatedAt', '<=', ref('excluded.updatedAt'))]),
            eb('tasks.deletedAt', '<', listedAt),
          ]),
        ),
    )
    .execute()
}

async function deletedAmong(
  tx: Transaction<Tables>,
  project: string,
  tasks: readonly TaskRecord[],
): Promise<ReadonlySet<string>> {
  const rows = await tx
    .selectFrom('tasks')
    .select('taskId')
    .where('project', '=', project)
    .where(
      'taskId',
      'in',
      tasks.map(({ id }) => String(id)),
    )
    .where('deletedAt', 'is not', null)
    .execute()
  return new Set(rows.map(({ taskId }) => taskId))
}

interface GivenAnnotation {
  readonly taskId: string
  readonly annotation: AnnotationRecord
}

async function putAnnotations(
  tx: Transaction<Tables>,
  project: string,
  given: readonly GivenAnnotation[],
  { listedAt, storedAt }: ItemTimes,
): Promise<number> {
  const known = await knownAmong(tx, project, given)
  const news = new Map<string, Insertable<AnnotationTable>>()
  const seenAgain: string[] = []
  let changes = 0
  for (const { taskId, annotation } of given) {
    const annotationId = String(annotation.id)
    const json = JSON.stringify(annotation)
    const { updatedAt } = annotation
    const before = known.get(annotationId)
    if (before !== undefined && before.deletedAt !== null && before.deletedAt >= listedAt) continue
    const isOlder = before !== undefined && before.deletedAt === null && before.updatedAt > updatedAt
    if (isOlder || before?.json === json) {
      seenAgain.push(annotationId)
      continue
    }
    changes += 1
    known.set(annotationId, { json, updatedAt, deletedAt: null })
    const wasCancelled = annotation.wasCancelled ? 1 : 0
    news.set(annotationId, { project, annotationId, taskId, json, updatedAt, wasCancelled, deletedAt: null, storedAt })
  }
  if (news.size > 0) await write(tx, [...news.values()])
  if (seenAgain.length > 0) await touch(tx, project, seenAgain, storedAt)
  return changes
}

async function knownAmong(tx: Transaction<Tables>, project: string, given: readonly GivenAnnotation[]) {
  const rows = await tx
    .selectFrom('annotations')
    .select(['annotationId', 'json', 'updatedAt', 'deletedAt'])
    .where('project', '=', project)
    .where(
      'annotationId',
      'in',
      given.map(({ annotation }) => String(annotation.id)),
    )
    .execute()
  return new Map(rows.map(({ annotationId, ...row }) => [annotationId, row]))
}

async function write(tx: Transaction<Tables>, rows: readonly Insertable<AnnotationTable>[]): Promise<void> {
  await tx
    .insertInto('annotations')
    .values(rows)
    .onConflict(conflict =>
      conflict.columns(['project', 'annotationId']).doUpdateSet(({ ref }) => ({
        taskId: ref('excluded.taskId'),
        json: ref('excluded.json'),
        updatedAt: ref('excluded.updatedAt'),
        wasCancelled: ref('excluded.wasCancelled'),
        deletedAt: null,
        storedAt: ref('excluded.storedAt'),
      })),
    )
    .execute()
}

/** They are still there. */
async function touch(
  tx: Transaction<Tables>,
  project: string,
  annotationIds: readonly string[],
  storedAt: number,
): Promise<void> {
  await tx
    .updateTable('annotations')
    .set({ storedAt })
    .where('project', '=', project)
    .where('annotationId', 'in', annotationIds)
    .execute()
}
