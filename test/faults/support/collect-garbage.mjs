/*
 * Imported into every thread of a server on Node: collects garbage every second. V8 lets it lie until its heap has grown to what it thinks the load is worth,
 * which takes minutes; with this what is left is what is held.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')
setInterval(() => collect(), 1_000).unref()
