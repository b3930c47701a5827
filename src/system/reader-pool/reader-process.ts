// A process that parses what is scanned: `reader-process.ts ANALYZERS [COMPILE-CACHE]`. Loads, locks itself down, then reads.
import { enableCompileCache } from 'node:module'

import type { Ecosystem } from '../../ecosystems/ecosystem.ts'

const [analyzers = '', compileCache = ''] = process.argv.slice(2)
if (compileCache !== '') enableCompileCache(compileCache)
// After the compile cache is there: what is imported above it would be compiled each time.
const { lockDown } = await import('./lock-down.ts')
const { serveParent } = await import('./serve-parent.ts')
const { ECOSYSTEMS } = (await import(analyzers)) as { readonly ECOSYSTEMS: readonly Ecosystem[] }
lockDown()
await serveParent(ECOSYSTEMS)
