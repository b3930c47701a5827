import type { z } from 'zod'
import type { Result } from '../../base/result.ts'
import { apiClient, apiClientSettings, type ApiClient } from '../api-client.ts'
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { plainText } from '../render/plain-text.ts'

/** Connects, asks once, and prints what `show` makes of the answer. */
export async function ask<Answer>(
  url: string | undefined,
  output: Output,
  call: (client: ApiClient) => Promise<Result<unknown, string>>,
  schema: z.ZodType<Answer>,
  show: (answer: Answer) => void,
): Promise<ExitCode> {
  const settings = apiClientSettings(process.env, url)
  if (!settings.ok) {
    output.note(settings.error)
    return EXIT_CODES.usage
  }
  const answer = await call(apiClient(settings.value))
  if (!answer.ok) {
    output.note(plainText(answer.error))
    return EXIT_CODES.failed
  }
  show(schema.parse(answer.value))
  return EXIT_CODES.done
}
