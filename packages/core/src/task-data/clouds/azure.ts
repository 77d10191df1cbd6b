import type { Readable } from 'node:stream'
import { HtxError } from '../../errors/htx-error.ts'
import type { Cloud } from './cloud-reader.ts'

/** What is used of @azure/storage-blob 12. */
interface AzureSdk {
  readonly BlobServiceClient: (new (
    url: string,
    credential?: object,
  ) => AzureClient) & {
    fromConnectionString(connection: string): AzureClient
  }
  readonly StorageSharedKeyCredential: new (account: string, key: string) => object
}

interface AzureClient {
  getContainerClient(name: string): {
    getBlobClient(name: string): { download(...at: AzureRange): Promise<AzureAnswer> }
  }
}

type AzureRange = [offset: number, count: undefined, options: { abortSignal: AbortSignal }]

interface AzureAnswer {
  readonly readableStreamBody?: Readable
  readonly contentLength?: number
  readonly contentEncoding?: string
  readonly contentType?: string
}

const credentials =
  'AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN'

export const azure: Cloud = {
  name: 'Azure Blob Storage',
  sdk: '@azure/storage-blob',
  credentials,
  open(sdk) {
    const client = openClient(sdk as AzureSdk)
    return async (container, name, abortSignal) => {
      const blob = client.getContainerClient(container).getBlobClient(name)
      const answer = await blob.download(0, undefined, { abortSignal })
      return {
        body: answer.readableStreamBody as Readable,
        lengthBytes: answer.contentLength,
        encoding: answer.contentEncoding || 'identity',
        mediaType: answer.contentType ?? '',
      }
    }
  },
}

/** The names are those of Azure's command line; the second ones Label Studio's. */
function openClient({ BlobServiceClient, StorageSharedKeyCredential }: AzureSdk): AzureClient {
  const { env } = process
  if (env.AZURE_STORAGE_CONNECTION_STRING) {
    return BlobServiceClient.fromConnectionString(env.AZURE_STORAGE_CONNECTION_STRING)
  }
  const account = env.AZURE_STORAGE_ACCOUNT || env.AZURE_BLOB_ACCOUNT_NAME
  const key = env.AZURE_STORAGE_KEY || env.AZURE_BLOB_ACCOUNT_KEY
  const url = `https://${account}.blob.core.windows.net`
  if (account && key) return new BlobServiceClient(url, new StorageSharedKeyCredential(account, key))
  if (account && env.AZURE_STORAGE_SAS_TOKEN) {
    return new BlobServiceClient(`${url}?${env.AZURE_STORAGE_SAS_TOKEN.replace(/^\?/, '')}`)
  }
  throw new HtxError('HTX_TASK_DATA_INVALID', `azure-blob:// values need credentials: set ${credentials}`)
}
