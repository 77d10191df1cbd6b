/*
 * The process of one pool that htx-bench measures. It does as it is told, and ends when nobody tells it anything any more.
 */
import { toHtxError } from '@htx/core'
import { type MeasuredPool, openMeasuredPool } from './measured-pool.ts'
import type { AnswerMessage, OrderMessage, OrderName, Orders } from './messages.ts'

let opening: Promise<MeasuredPool> | undefined

const does: { readonly [Name in OrderName]: (order: Orders[Name]['order']) => Promise<Orders[Name]['answer']> } = {
  async open(order) {
    opening = openMeasuredPool(order)
    await opening
    return null
  },
  trial: async order => (await opened()).trial(order),
  async use(tasks) {
    const pool = await opened()
    pool.use(tasks)
    return null
  },
  load: async order => (await opened()).load(order),
}

function opened(): Promise<MeasuredPool> {
  if (opening === undefined) throw new Error('the pool has not been opened')
  return opening
}

// A terminal sends Ctrl-C to all processes at once; what becomes of it is for htx-bench to say.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {})

process.on('message', async ({ name, order }: OrderMessage) => {
  let answer: AnswerMessage
  try {
    answer = { value: await does[name](order as never) }
  } catch (error) {
    answer = { error: toHtxError(error, 'HTX_INTERNAL').toData() }
  }
  if (process.connected) process.send?.(answer)
})

process.on('disconnect', async () => {
  // A process that ends while a thread is being made crashes now and then.
  await opening?.then(pool => pool.close()).catch(() => {})
  process.exit()
})
