import { copyFile, mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** Real speech out of the npm package `nodejs-whisper`: John F. Kennedy, 20 January 1961, eleven seconds. */
export const speech = {
  'jfk.wav': new URL('node_modules/nodejs-whisper/cpp/whisper.cpp/bindings/go/samples/jfk.wav', import.meta.url),
  'jfk.mp3': new URL('node_modules/nodejs-whisper/cpp/whisper.cpp/samples/jfk.mp3', import.meta.url),
}

// `npm run audio`: the sounds of tasks.json, in a folder that a server may be given as --data-root.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = new URL('audio/', import.meta.url)
  await mkdir(folder, { recursive: true })
  for (const [name, source] of Object.entries(speech)) await copyFile(source, new URL(name, folder))
  console.log(`${Object.keys(speech).join(' and ')} in ${fileURLToPath(folder)}`)
}
