/** Reads a file over which its reader never comes to an end, and says so to whoever kills it: the numbers of its processes. */
import { readdirSync, readFileSync } from 'node:fs'
import { readerPool } from '../../src/system/reader-pool/reader-pool.ts'
import { ECOSYSTEMS } from './bad-analyzers.ts'

const analyzers = new URL('./bad-analyzers.ts', import.meta.url)
const pool = readerPool({
  ecosystems: ECOSYSTEMS,
  analyzers,
  onUnprotected: reason => void process.stderr.write(reason),
})
const reader = pool.begin()
await reader.readFile({ path: 'a/package.json', bytes: Buffer.from('a 1') })
void reader.readFile({ path: 'loop/it', bytes: Buffer.from('x') })
setTimeout(() => process.stdout.write(`${childrenOf(process.pid).join(' ')}\n`), 300)

function childrenOf(parent: number): readonly string[] {
  return readdirSync('/proc').filter(name => {
    if (!/^\d+$/.test(name)) return false
    try {
      const [state, its] = readFileSync(`/proc/${name}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? []
      return its === String(parent) && state !== 'Z'
    } catch {
      return false
    }
  })
}
