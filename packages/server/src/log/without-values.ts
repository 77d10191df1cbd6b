/** Errors quote what came, so that who sent it sees what is wrong with it; the log is read by others, and kept. */
export function withoutValues(message: string): string {
  return message.replaceAll(/\bgot (?:"(?:[^"\\]|\\.)*"?…?|[[{].*)/gs, 'got a value that is not logged')
}
