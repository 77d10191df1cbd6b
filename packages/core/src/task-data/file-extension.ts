/** Media types whose extension is not their second half. */
const extensionOfType: Readonly<Record<string, string>> = {
  'image/jpeg': '.jpg',
  'image/svg+xml': '.svg',
  'image/tiff': '.tif',
  'image/vnd.microsoft.icon': '.ico',
  'audio/mpeg': '.mp3',
  'audio/mp4': '.m4a',
  'audio/wave': '.wav',
  'audio/vnd.wave': '.wav',
  'video/quicktime': '.mov',
  'video/x-matroska': '.mkv',
  'video/ogg': '.ogv',
  'text/plain': '.txt',
  'text/csv': '.csv',
  'text/html': '.html',
  'text/tab-separated-values': '.tsv',
  'application/json': '.json',
  'application/pdf': '.pdf',
  'application/dicom': '.dcm',
}

/** Names that say how a page was made, not what came. */
const ofProgram = /^\.(php|aspx?|jsp|cgi)$/

/**
 * The extension that tells readers of a downloaded file what it is: by name, else by media type; `''` when neither says.
 *
 * @param urls in order of trust: what the task names, then where a redirect led
 * @param mediaType such as `image/png`; parameters are ignored
 * @returns lower case, with its dot
 */
export function fileExtension(urls: readonly URL[], mediaType: string): string {
  for (const url of urls) {
    const extension = extensionOfName(nameOf(url))
    if (extension !== '' && !ofProgram.test(extension)) return extension
  }
  const type = mediaType.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const subtype = /^(?:image|audio|video)\/(?:x-)?([a-z0-9]{2,8})$/.exec(type)?.[1]
  return extensionOfType[type] ?? (subtype === undefined ? '' : `.${subtype}`)
}

/** Label Studio's routes for local files and for uploads name the file in the query. */
function nameOf(url: URL): string {
  return url.searchParams.get('d') ?? url.searchParams.get('filepath') ?? url.pathname
}

function extensionOfName(name: string): string {
  // Has a letter: the tail of `scan.2024` is no extension.
  return /\.(?=\d*[a-z])[a-z0-9]{1,8}$/i.exec(name)?.[0].toLowerCase() ?? ''
}
