import { EBSClient } from '@aws-sdk/client-ebs'

/** Connections at most; the cache of blocks asks for fewer blocks at once. */
const MOST_CONNECTIONS = 32
/** Attempts of one request: a throttled account gives an answer to most of ten, with the pauses that the SDK makes between them. */
const MOST_ATTEMPTS = 10
const CONNECTION_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 60_000

/**
 * A client of the EBS direct APIs with the Region, credentials and endpoint that the SDK finds (environment, profile, role
 * of the machine; `AWS_ENDPOINT_URL`). It slows down by itself where AWS throttles. Nothing is logged by it.
 */
export function ebsClient(): EBSClient {
  return new EBSClient({
    maxAttempts: MOST_ATTEMPTS,
    retryMode: 'adaptive',
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      httpsAgent: { maxSockets: MOST_CONNECTIONS, keepAlive: true },
      httpAgent: { maxSockets: MOST_CONNECTIONS, keepAlive: true },
    },
  })
}
