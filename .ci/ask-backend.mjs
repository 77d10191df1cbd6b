// Uses a running backend as Label Studio does: ask-backend.mjs <url> <label-config.xml> <tasks.json> [--train]
// Fails unless it is up, answers every task, and, with --train, answers with a version of its own after training on the tasks' annotations.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'

const [url, labelConfigFile, tasksFile, train] = process.argv.slice(2)
const label_config = await readFile(labelConfigFile, 'utf8')
const allTasks = JSON.parse(await readFile(tasksFile, 'utf8')).map((task, index) => ({ id: index + 1, ...task }))
// Label Studio asks interactively about one task, with what a person did: here a click into the middle of a picture.
const isInteractive = label_config.includes('smart="true"')
const tasks = isInteractive ? allTasks.slice(0, 1) : allTasks
const params = { context: isInteractive ? { result: [clickWith('Thing')] } : null }
const project = '1.1700000000'

const health = await ask('/health')
assert.equal(health.status, 'UP')
let { results, model_version: version } = await ask('/predict', { tasks, label_config, project, params })
assert.equal(results.length, tasks.length)

if (train === '--train') {
  const { job: id } = await ask('/train', { annotations: tasks, label_config, project })
  let job
  do {
    await setTimeout(100)
    job = await ask(`/api/jobs/${id}`)
  } while (job.state === 'queued' || job.state === 'running')
  assert.equal(job.state, 'succeeded', JSON.stringify(job))
  do {
    await setTimeout(100)
    ;({ results, model_version: version } = await ask('/predict', { tasks, label_config, project, params }))
  } while (version !== job.version)
}

const regions = results.flatMap(({ result }) => result ?? [])
assert.ok(regions.length > 0, `nothing was predicted: ${JSON.stringify(results)}`)
console.log(`${health.model_class}, version ${version}: ${regions.length} regions for ${tasks.length} tasks`)

function clickWith(label) {
  const value = { x: 50, y: 50, width: 0.3, keypointlabels: [label] }
  const size = { original_width: 160, original_height: 120, image_rotation: 0 }
  return {
    id: 'click',
    from_name: 'click',
    to_name: 'image',
    type: 'keypointlabels',
    is_positive: true,
    ...size,
    value,
  }
}

async function ask(path, body) {
  const request = body && {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
  const response = await fetch(url + path, request)
  assert.ok(response.ok, `${path}: ${response.status} ${response.statusText}`)
  return response.json()
}
