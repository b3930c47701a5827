import type { Log } from '../base/log.ts'
import { processLog } from '../system/logs.ts'
import type { Config } from './config.ts'

export function makeLog(config: Pick<Config, 'logFormat' | 'logLevel'>): Log {
  return processLog(config.logFormat, config.logLevel)
}
