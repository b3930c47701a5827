import { EBSServiceException } from '@aws-sdk/client-ebs'

/** What is asked of the EBS direct APIs, by the names that IAM has for it. */
export type EbsOperation = 'ebs:ListSnapshotBlocks' | 'ebs:GetSnapshotBlock' | 'ebs:ListChangedBlocks'

export type EbsFaultReason =
  | 'not-found'
  | 'access-denied'
  | 'no-credentials'
  | 'unrelated'
  | 'invalid-token'
  | 'throttled'
  | 'unreachable'
  | 'refused'

/**
 * Why a snapshot cannot be read, in one sentence that says what is missing. Not a `DiskFault`: what stops one block of
 * this kind stops them all, so a scan ends instead of calling every file unreadable.
 */
export class EbsFault extends Error {
  readonly reason: EbsFaultReason

  constructor(reason: EbsFaultReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EbsFault'
    this.reason = reason
  }
}

/** Errors that end before AWS looked at what was asked: who asks is not known there. */
const NOT_KNOWN = new Set([
  'ExpiredTokenException', 'ExpiredToken', 'InvalidSignatureException', 'SignatureDoesNotMatch', 'UnrecognizedClientException',
  'InvalidClientTokenId', 'IncompleteSignature', 'MissingAuthenticationTokenException',
]) // prettier-ignore
const THROTTLED = new Set(['RequestThrottledException', 'ThrottlingException', 'ConcurrentLimitExceededException'])

/** What an error of the SDK means for the reader of a snapshot. No credential is in it: the SDK's messages name the caller at most. Mistakes of ours pass. */
export function ebsFaultOf(thrown: unknown, operation: EbsOperation, snapshot: string): EbsFault {
  if (thrown instanceof EbsFault) return thrown
  const options = { cause: thrown }
  const { name, message, detail } = wordsOf(thrown)
  if (thrown instanceof TypeError) throw thrown
  if (
    name === 'CredentialsProviderError' ||
    name === 'TokenProviderError' ||
    message === 'Could not load credentials from any providers'
  ) {
    return new EbsFault('no-credentials', `There are no AWS credentials to read ${snapshot} with${detail}`, options)
  }
  if (/^Region (?:is missing|not accepted)/.test(message)) {
    return new EbsFault('no-credentials', `The AWS Region of ${snapshot} is not known: set AWS_REGION.`, options)
  }
  if (NOT_KNOWN.has(name)) {
    return new EbsFault(
      'no-credentials',
      `AWS does not accept the credentials to read ${snapshot} with${detail}`,
      options,
    )
  }
  if (!(thrown instanceof EBSServiceException)) {
    return new EbsFault('unreachable', `The EBS direct APIs do not answer for ${snapshot}${detail}`, options)
  }
  const why = 'Reason' in thrown ? String(thrown.Reason) : ''
  if (name === 'AccessDeniedException')
    return new EbsFault('access-denied', deniedSentence(operation, snapshot, why, detail), options)
  if (name === 'ResourceNotFoundException') {
    return new EbsFault('not-found', `There is no snapshot ${snapshot} in this Region${detail}`, options)
  }
  if (THROTTLED.has(name)) {
    return new EbsFault('throttled', `AWS keeps putting off ${operation} for ${snapshot}${detail}`, options)
  }
  if (why === 'INVALID_BLOCK_TOKEN') {
    return new EbsFault('invalid-token', `AWS takes no block token for ${snapshot}${detail}`, options)
  }
  if (why === 'UNRELATED_SNAPSHOTS') {
    return new EbsFault('unrelated', `The snapshots are not of one volume${detail}`, options)
  }
  return new EbsFault('refused', `AWS refuses ${operation} for ${snapshot}${detail}`, options)
}

function deniedSentence(operation: EbsOperation, snapshot: string, why: string, detail: string): string {
  if (why === 'DEPENDENCY_ACCESS_DENIED') {
    return `${snapshot} is encrypted, and its key may not be used: kms:Decrypt on the key is missing${detail}`
  }
  if (why === 'UNAUTHORIZED_ACCOUNT') {
    return `${snapshot} may not be read by this account: it is not shared with it, or it is public or from AWS Marketplace, whose blocks nobody may read${detail}`
  }
  return `The permission ${operation} for ${snapshot} is missing${detail}`
}

const MOST_DETAIL_CHARACTERS = 300

function wordsOf(thrown: unknown): { name: string; message: string; detail: string } {
  if (!(thrown instanceof Error)) return { name: '', message: '', detail: '.' }
  // A failed connection has its reason in a code, and often no message at all.
  const message = thrown.message || ('code' in thrown ? String(thrown.code) : thrown.name)
  const detail = `: ${message.slice(0, MOST_DETAIL_CHARACTERS).replace(/\.$/, '')}.`
  return { name: thrown.name, message: thrown.message, detail }
}
