import type { Socket } from 'node:net'
import { apiError, errorBody } from './protocol/errors.ts'
import type { ApiError } from './protocol/errors.ts'

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

/** Answers what never became a request: broken HTTP, a header without end, a body that does not arrive. */
export function answerBrokenConnection(error: Error & { readonly code?: string }, socket: Socket): void {
  if (socket.destroyed || error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const answer = answerTo(error.code)
  const body = errorBody(answer)
  socket.end(
    [
      `HTTP/1.1 ${answer.status} ${STATUS_TEXT[answer.status] ?? 'Bad Request'}`,
      'Connection: close',
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `Date: ${new Date().toUTCString()}`,
      `x-amzn-ErrorType: ${answer.name}`,
      '',
      body,
    ].join('\r\n'),
  )
}

function answerTo(code: string | undefined): ApiError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return apiError('request-timeout', {})
  return code === 'HPE_HEADER_OVERFLOW' ? apiError('headers-too-large', {}) : apiError('malformed-http', {})
}
