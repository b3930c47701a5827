/**
 * Every error that leaves the process, in one place: what it is called, which status it has, what it says.
 * `{holes}` are filled by the caller. Compared with docs/reference/errors.md by a test, both ways.
 */
export const ERROR_CATALOGUE = {
  'malformed-body': {
    name: 'ValidationException',
    status: 400,
    reason: 'CANNOT_PARSE',
    message: 'The request body could not be read: {detail}',
  },
  'unreadable-member': {
    name: 'ValidationException',
    status: 400,
    reason: 'CANNOT_PARSE',
    message: 'The request could not be read: {detail}',
  },
  'invalid-members': {
    name: 'ValidationException',
    status: 400,
    reason: 'FIELD_VALIDATION_FAILED',
    message: '{summary}',
  },
  'invalid-next-token': {
    name: 'ValidationException',
    status: 400,
    reason: 'FIELD_VALIDATION_FAILED',
    message:
      'The nextToken is not valid for this request: it was not returned by {operation}, or the other parameters have changed since.',
  },
  'invalid-request': { name: 'ValidationException', status: 400, reason: 'OTHER', message: '{detail}' },
  'unsupported-sbom': {
    name: 'ValidationException',
    status: 400,
    reason: 'UNSUPPORTED_SBOM_TYPE',
    message: 'The SBOM cannot be scanned: {detail}',
  },
  'unsupported-content-type': {
    name: 'ValidationException',
    status: 400,
    reason: 'CANNOT_PARSE',
    message: 'The request body must be sent as application/json.',
  },
  'body-too-large': {
    name: 'ValidationException',
    status: 413,
    reason: 'CANNOT_PARSE',
    message: 'The request body is larger than {limitBytes} bytes.',
  },
  'malformed-http': { name: 'BadRequestException', status: 400, message: 'The HTTP request could not be read.' },
  'request-timeout': { name: 'RequestTimeoutException', status: 408, message: 'The request was not complete in time.' },
  'headers-too-large': { name: 'BadRequestException', status: 431, message: 'The request header is too large.' },
  'foreign-host': {
    name: 'AccessDeniedException',
    status: 403,
    message: 'This server does not answer to the host name of the request.',
  },
  'incomplete-signature': { name: 'IncompleteSignatureException', status: 400, message: '{detail}' },
  'missing-authentication': {
    name: 'MissingAuthenticationTokenException',
    status: 403,
    message: 'Missing Authentication Token',
  },
  'unrecognized-client': {
    name: 'UnrecognizedClientException',
    status: 403,
    message: 'The security token included in the request is invalid.',
  },
  'signature-mismatch': {
    name: 'InvalidSignatureException',
    status: 403,
    message:
      'The request signature we calculated does not match the signature you provided. Check your secret access key and signing method.',
  },
  'signature-expired': {
    name: 'InvalidSignatureException',
    status: 403,
    message: 'Signature expired: {signedAt} is now earlier than {earliest} ({now} - 5 min.)',
  },
  'signature-not-yet-current': {
    name: 'InvalidSignatureException',
    status: 403,
    message: 'Signature not yet current: {signedAt} is still later than {latest} ({now} + 5 min.)',
  },
  'wrong-scope': { name: 'InvalidSignatureException', status: 403, message: '{detail}' },
  'payload-hash-mismatch': {
    name: 'InvalidSignatureException',
    status: 403,
    message: 'The x-amz-content-sha256 header does not match the hash of the request body.',
  },
  'operation-not-available': {
    name: 'AccessDeniedException',
    status: 403,
    message: '{operation} is not supported in {region}: it is not available in this version of OpenInspector.',
  },
  'scan-type-not-supported': {
    name: 'AccessDeniedException',
    status: 403,
    message: '{scanType} scanning is not supported in {region}',
  },
  'not-authorized': {
    name: 'AccessDeniedException',
    status: 403,
    message:
      'User: {accessKeyId} is not authorized to perform: {action} because its role {role} does not allow the {action} action',
  },
  'operator-only': {
    name: 'AccessDeniedException',
    status: 403,
    message: 'Only keys of the account that this installation was made with may do this.',
  },
  'wrong-webhook-token': {
    name: 'AccessDeniedException',
    status: 403,
    message: 'The registry or its token is not known.',
  },
  'wrong-event-token': {
    name: 'AccessDeniedException',
    status: 403,
    message: 'The network is not watched, or its token is another one.',
  },
  'wrong-agent-token': {
    name: 'AccessDeniedException',
    status: 403,
    message: 'The host or its token is not known.',
  },
  'other-machine': {
    name: 'ConflictException',
    status: 409,
    message: 'The token of {resourceId} belongs to another machine; add a host for this one.',
  },
  'account-exists': {
    name: 'ConflictException',
    status: 409,
    message: 'The account {resourceId} is already there.',
  },
  'host-exists': {
    name: 'ConflictException',
    status: 409,
    message: 'The instance {resourceId} already has a host; remove it first.',
  },
  'resource-not-found': { name: 'ResourceNotFoundException', status: 404, message: '{what} does not exist.' },
  'unknown-operation': {
    name: 'UnknownOperationException',
    status: 404,
    message: 'No operation of this service has this method and path.',
  },
  'registry-exists': {
    name: 'ConflictException',
    status: 409,
    message: 'The registry {resourceId} is already watched.',
  },
  'last-access-key': {
    name: 'ConflictException',
    status: 409,
    message: 'The access key {resourceId} is the last one of its account; create another before removing it.',
  },
  'too-many': {
    name: 'ServiceQuotaExceededException',
    status: 402,
    message: 'The account already has {limit} {what}.',
  },
  throttled: { name: 'ThrottlingException', status: 429, message: 'Rate exceeded' },
  internal: {
    name: 'InternalServerException',
    status: 500,
    message: 'The request failed inside the server; its log names the cause under request id {requestId}.',
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>

interface CatalogueEntry {
  readonly name: string
  readonly status: number
  /** `reason` of a ValidationException. */
  readonly reason?: 'CANNOT_PARSE' | 'FIELD_VALIDATION_FAILED' | 'UNSUPPORTED_SBOM_TYPE' | 'OTHER'
  readonly message: string
}

export type ErrorId = keyof typeof ERROR_CATALOGUE

type Holes<Message extends string> = Message extends `${string}{${infer Hole}}${infer Rest}`
  ? Hole | Holes<Rest>
  : never

/** The texts that the message of this error needs. */
type Filling<Id extends ErrorId> = Readonly<Record<Holes<(typeof ERROR_CATALOGUE)[Id]['message']>, string>>

/** An error as it will be sent. `members` are the modelled ones beside `message`; none may be called `code`. */
export interface ApiError {
  readonly id: ErrorId
  readonly name: string
  readonly status: number
  readonly message: string
  readonly members: Readonly<Record<string, unknown>>
  /** Sent as the `Retry-After` header. */
  readonly retryAfterSeconds: number | null
}

export interface FieldError {
  readonly name: string
  readonly message: string
}

export function apiError<Id extends ErrorId>(
  id: Id,
  filling: Filling<Id>,
  extra: { readonly members?: Readonly<Record<string, unknown>>; readonly retryAfterSeconds?: number } = {},
): ApiError {
  const entry: CatalogueEntry = ERROR_CATALOGUE[id]
  const texts: Readonly<Record<string, string>> = filling
  return {
    id,
    name: entry.name,
    status: entry.status,
    message: entry.message.replace(/\{(\w+)\}/g, (_, hole: string) => texts[hole] ?? ''),
    members: { ...(entry.reason ? { reason: entry.reason } : {}), ...extra.members },
    retryAfterSeconds: extra.retryAfterSeconds ?? null,
  }
}

/** Amazon's sentence for members that break a constraint. (api-and-accounts §2.3) */
export function invalidMembers(fields: readonly FieldError[]): ApiError {
  const each = fields.map(field => `Value at '${field.name}' failed to satisfy constraint: ${field.message}`)
  const count = `${fields.length} validation error${fields.length === 1 ? '' : 's'} detected`
  return apiError('invalid-members', { summary: `${count}: ${each.join('; ')}` }, { members: { fields } })
}

export function unreadableMember(field: FieldError): ApiError {
  return apiError('unreadable-member', { detail: `${field.name}: ${field.message}` }, { members: { fields: [field] } })
}

/** The JSON body of an error answer. */
export function errorBody(error: ApiError): string {
  return JSON.stringify({ message: error.message, ...error.members })
}
