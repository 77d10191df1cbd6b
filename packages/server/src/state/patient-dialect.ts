import { setTimeout as pause } from 'node:timers/promises'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  SelectQueryNode,
  SqliteDialect,
} from 'kysely'
import { isBusy, stateProblem } from './state-problem.ts'

/** How long queries wait for the write of another process, milliseconds. */
const patienceMs = 30_000
/** The same for each when others have waited that long before it: else the last of many would wait as long again for each of them. */
const shortPatienceMs = 200
const pauseMs = 50

/**
 * SQLite that waits for the write of another process without holding up the thread, which has requests to answer.
 *
 * Its queries throw HtxError `HTX_STATE_UNUSABLE`.
 */
export class PatientSqliteDialect extends SqliteDialect {
  readonly #file: string
  readonly #expectThere: () => void

  /** @param expectThere called before something is written; throws when it would not be found again */
  constructor(config: ConstructorParameters<typeof SqliteDialect>[0], file: string, expectThere: () => void) {
    super(config)
    this.#file = file
    this.#expectThere = expectThere
  }

  override createDriver(): Driver {
    const driver = super.createDriver()
    const acquire = driver.acquireConnection.bind(driver)
    // It has one connection.
    let patient: DatabaseConnection | undefined
    driver.acquireConnection = async () => {
      const connection = await acquire()
      patient ??= waitingConnection(connection, this.#file, this.#expectThere)
      return patient
    }
    // SQLite may have rolled back by itself, as when the disk is full; what came before is the reason that counts.
    driver.rollbackTransaction = async connection => {
      await connection.executeQuery(rollback).catch(() => {})
    }
    return driver
  }
}

const rollback = CompiledQuery.raw('rollback')

function waitingConnection(connection: DatabaseConnection, file: string, expectThere: () => void): DatabaseConnection {
  /** Since when nothing could be written. */
  let lockedSince: number | undefined
  return {
    streamQuery: (query, size) => connection.streamQuery(query, size),
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      const startedAt = performance.now()
      if (!SelectQueryNode.is(query.query)) expectThere()
      for (;;) {
        try {
          const result = await connection.executeQuery<R>(query)
          // What is read says nothing of locks: it may be read while another process writes.
          if (!SelectQueryNode.is(query.query)) lockedSince = undefined
          return result
        } catch (error) {
          if (!isBusy(error)) throw stateProblem(error, file)
          lockedSince ??= startedAt
          const endAt = Math.max(lockedSince + patienceMs, startedAt + shortPatienceMs)
          if (performance.now() > endAt) throw stateProblem(error, file)
        }
        await pause(pauseMs)
      }
    },
  }
}
