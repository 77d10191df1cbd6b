const mostCharacters = 200

/**
 * A value of task data as errors may show it: queries carry signatures, the part before an @ passwords, `data:` URIs whole files.
 */
export function showValue(value: string): string {
  if (/^data:/i.test(value)) return `a data: URI of ${value.length} characters`
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(value)?.[0]
  if (scheme !== undefined)
    return URL.canParse(value) ? showUrl(new URL(value)) : `a ${scheme} URL that cannot be parsed`
  return JSON.stringify(shorten(value.split(/[?#]/, 1)[0] ?? ''))
}

/** A URL without credentials, query and fragment. */
export function showUrl(url: URL): string {
  return shorten(`${url.protocol}//${url.host}${url.pathname}`)
}

function shorten(text: string): string {
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters - 1)}…` : text
}
