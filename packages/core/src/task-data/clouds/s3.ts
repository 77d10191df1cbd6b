import type { Readable } from 'node:stream'
import type { Cloud } from './cloud-reader.ts'

/** What is used of @aws-sdk/client-s3 3. */
interface S3Sdk {
  readonly S3Client: new (config: object) => { send(command: object, options: object): Promise<S3Answer> }
  readonly GetObjectCommand: new (input: { Bucket: string; Key: string }) => object
}

interface S3Answer {
  readonly Body?: Readable
  readonly ContentLength?: number
  readonly ContentEncoding?: string
  readonly ContentType?: string
}

/** Amazon's S3, and what speaks its protocol at AWS_ENDPOINT_URL. */
export const s3: Cloud = {
  name: 'S3',
  sdk: '@aws-sdk/client-s3',
  credentials: 'AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, and AWS_REGION',
  open(sdk) {
    const { S3Client, GetObjectCommand } = sdk as S3Sdk
    const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION } = process.env
    const region = AWS_REGION || AWS_DEFAULT_REGION
    const client = new S3Client({
      // The SDK reads the first name alone; Amazon's other tools, and Label Studio, the second.
      ...(region ? { region } : {}),
      followRegionRedirects: true,
      // Others have no host name for each bucket.
      forcePathStyle: Boolean(AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL),
    })
    return async (bucket, key, abortSignal) => {
      const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal })
      return {
        body: answer.Body as Readable,
        lengthBytes: answer.ContentLength,
        encoding: answer.ContentEncoding || 'identity',
        mediaType: answer.ContentType ?? '',
      }
    }
  },
}
