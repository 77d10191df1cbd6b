import { setTimeout as pause } from 'node:timers/promises'
import { CompiledQuery, type DatabaseConnection, type Driver, type QueryResult, SqliteDialect } from 'kysely'
import { isBusy, stateProblem } from './state-problem.ts'

/** How long a query waits for the write of another process, its turn among ours included, milliseconds. */
const patienceMs = 30_000
const pauseMs = 50

/**
 * SQLite that waits for the write of another process without holding up the thread, which has requests to answer.
 *
 * Its queries throw HtxError `HTX_STATE_UNUSABLE`.
 */
export class PatientSqliteDialect extends SqliteDialect {
  readonly #file: string

  constructor(config: ConstructorParameters<typeof SqliteDialect>[0], file: string) {
    super(config)
    this.#file = file
  }

  override createDriver(): Driver {
    const file = this.#file
    const driver = super.createDriver()
    const acquire = driver.acquireConnection.bind(driver)
    // It has one connection.
    let patient: DatabaseConnection | undefined
    let endAt = 0
    driver.acquireConnection = async () => {
      const askedAt = performance.now()
      const connection = await acquire()
      // Who waited behind others does not wait as long again: else a file that stays locked makes the last one wait for all before it.
      endAt = askedAt + patienceMs
      patient ??= waitingConnection(connection, file, () => endAt)
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

function waitingConnection(connection: DatabaseConnection, file: string, endAt: () => number): DatabaseConnection {
  return {
    streamQuery: (query, size) => connection.streamQuery(query, size),
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      for (;;) {
        try {
          return await connection.executeQuery<R>(query)
        } catch (error) {
          if (!isBusy(error) || performance.now() > endAt()) throw stateProblem(error, file)
        }
        await pause(pauseMs)
      }
    },
  }
}
