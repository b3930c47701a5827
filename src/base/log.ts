export type LogFields = Readonly<Record<string, unknown>>

/**
 * Where messages go. Messages are constants that scan alike ('advisory skipped'); data goes into fields.
 * Debug for developers, info for operators, warn when a request degrades, error when a person must act.
 */
export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
