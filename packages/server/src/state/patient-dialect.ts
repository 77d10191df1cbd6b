import { setTimeout as pause } from 'node:timers/promises'
import { type CompiledQuery, type DatabaseConnection, type Driver, type QueryResult, SqliteDialect } from 'kysely'

/** How long a query waits for the write of another process, milliseconds. */
const patienceMs = 30_000
const pauseMs = 50

/** SQLite that waits for the write of another process without holding up the thread, which has requests to answer. */
export class PatientSqliteDialect extends SqliteDialect {
  override createDriver(): Driver {
    const driver = super.createDriver()
    const acquire = driver.acquireConnection.bind(driver)
    // It has one connection.
    let patient: DatabaseConnection | undefined
    driver.acquireConnection = async () => {
      const connection = await acquire()
      patient ??= waitingConnection(connection)
      return patient
    }
    return driver
  }
}

function waitingConnection(connection: DatabaseConnection): DatabaseConnection {
  return {
    streamQuery: (query, size) => connection.streamQuery(query, size),
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      const end = performance.now() + patienceMs
      for (;;) {
        try {
          return await connection.executeQuery<R>(query)
        } catch (error) {
          if (!isBusy(error) || performance.now() > end) throw error
        }
        await pause(pauseMs)
      }
    },
  }
}

function isBusy(error: unknown): boolean {
  return String((error as { code?: unknown } | null)?.code).startsWith('SQLITE_BUSY')
}
