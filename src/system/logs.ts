import pino from 'pino'
import type { Log, LogFields } from '../base/log.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Logs on standard error, so that standard output stays the command's own. */
export function processLog(format: 'text' | 'json', level: LogLevel): Log {
  return format === 'json' ? jsonLog(level) : textLog(level, line => process.stderr.write(line))
}

/** One JSON object per line; errors with their stack, secrets by name never. */
function jsonLog(level: LogLevel): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      redact: { paths: SECRET_FIELDS, censor: '[secret]' },
      serializers: { error: pino.stdSerializers.err },
    },
    pino.destination({ dest: 2, sync: false }),
  )
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  }
}

const SECRET_FIELDS = ['password', 'secret', 'token', 'authorization', 'secretAccessKey']
const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

/** `12:00:01 warn  feed failed  feed=osv part=Debian` for a person at a terminal. */
export function textLog(level: LogLevel, write: (line: string) => void): Log {
  const at =
    (own: LogLevel) =>
    (message: string, fields?: LogFields): void => {
      if (RANK[own] < RANK[level]) return
      const time = new Date().toISOString().slice(11, 19)
      write(`${time} ${own.padEnd(5)} ${message}${fields === undefined ? '' : fieldsInWords(fields)}\n`)
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

function fieldsInWords(fields: LogFields): string {
  const words = Object.entries(fields).map(([key, value]) => {
    if (SECRET_FIELDS.includes(key)) return `${key}=[secret]`
    const text =
      value instanceof Error
        ? (value.stack ?? value.message)
        : typeof value === 'string'
          ? value
          : JSON.stringify(value)
    return `${key}=${harmless(text ?? 'undefined')}`
  })
  return words.length === 0 ? '' : `  ${words.join(' ')}`
}

/** Fields may hold text of an image or a registry: no control character reaches the terminal. */
function harmless(text: string): string {
  return text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '?')
}
