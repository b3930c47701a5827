import { err, type Result } from '../../base/result.ts'
import { readVex } from '../../findings/vex/read-vex.ts'
import type { ReadVex } from '../../findings/vex/read-vex.ts'
import type { VexDocument } from '../../findings/vex/vex-statement.ts'
import type { Readers } from '../../inventory/readers.ts'
import { readersHere } from '../../inventory/readers-here.ts'
import { vexAnswer } from './answers.ts'
import { ChildPool, type ReaderPoolOptions } from './child-pool.ts'
import { ReaderFault } from './reader-child.ts'
import { readDocument } from './document-reading.ts'
import { PooledTarget } from './pooled-target.ts'

/** Readers in processes of their own, which hold nothing. Started when they are needed, and gone when they are not. */
export interface ReaderPool extends Readers {
  /** Starts a first reader, so that it is there when it is needed. */
  warmUp(): void
  readonly readVex: ReadVex
  /** Ends all readers, whatever they do. */
  close(): void
}

export function readerPool(options: ReaderPoolOptions): ReaderPool {
  const pool = new ChildPool(options)
  const here = readersHere(options.ecosystems)
  return {
    atOnce: pool.atOnce,
    begin: () => new PooledTarget(pool, here),
    warmUp: () => pool.warmUp(),
    readVex: (bytes, path) => readVexWith(pool, bytes, path),
    close: () => pool.close(),
  }
}

async function readVexWith(pool: ChildPool, bytes: Uint8Array, path: string): Promise<Result<VexDocument, string>> {
  const child = await pool.take()
  if (child === null) return readVex(bytes, path)
  try {
    return await readDocument(child, { is: 'vex', path }, bytes, vexAnswer)
  } catch (thrown) {
    if (thrown instanceof ReaderFault) return err(`its reader was stopped: ${thrown.message}`)
    throw thrown
  } finally {
    pool.retire(child)
  }
}
