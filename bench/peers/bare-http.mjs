/*
 * The least that answers /predict: node:http, one thread, the model inline, nothing checked, counted or logged. For node and bun.
 * bare-http.mjs <port>
 */
import { createServer } from 'node:http'

const server = createServer((request, response) => {
  const chunks = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => {
    const { tasks } = JSON.parse(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))
    const body = JSON.stringify({ results: tasks.map(predict), model_version: 'initial' })
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    })
    response.end(body)
  })
})
server.listen(Number(process.argv[2]), '127.0.0.1')

function predict() {
  return {
    result: [
      {
        id: '1HkbAwuHW4',
        from_name: 'sentiment',
        to_name: 'text',
        type: 'choices',
        value: { choices: ['Positive'] },
      },
    ],
    model_version: 'initial',
    score: 0.9,
  }
}
