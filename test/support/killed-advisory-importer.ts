/** Imports files into a folder in turn, again and again, until it is killed. */
import { createReadStream } from 'node:fs'
import { instant } from '../../src/base/clock.ts'
import { importAdvisories } from '../../src/store/advisory-database/import.ts'

const [folder = '', ...files] = process.argv.slice(2)
for (let round = 0; ; round++) {
  const file = files[round % files.length] ?? ''
  const options = { trusted: 'any', force: true, now: instant(round) } as const
  const imported = await importAdvisories(folder, createReadStream(file), options)
  if (!imported.ok) throw new Error(imported.error.because)
  process.stdout.write('imported\n')
}
