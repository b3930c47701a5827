import type { ImageError } from '../inventory/image.ts'

/** What AWS answers to somebody it does not let in. (IAM User Guide, common errors; the SDK's own, when it finds no credentials) */
const DENIALS = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthFailure',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'SignatureDoesNotMatch',
  'TokenProviderError',
  'UnauthorizedOperation',
  'UnrecognizedClientException',
])

/** Whether AWS did not let the caller in, whoever the caller was. */
export function isDenied({ name }: Error): boolean {
  return DENIALS.has(name)
}

/** The described failure behind what an AWS client threw; rethrows what is a broken promise of ours. */
export function imageErrorOfAws(thrown: unknown, what: string): ImageError {
  if (!(thrown instanceof Error) || thrown instanceof TypeError) throw thrown
  const detail = `${thrown.name}: ${thrown.message}`
  if (isDenied(thrown)) return { is: 'access-denied', what, detail }
  if (thrown.name === 'RepositoryNotFoundException') return { is: 'not-found', what }
  return { is: 'unreachable', what, detail }
}
