import { describe, expect, it } from 'vitest'
import { otherSystemsOf } from './osv-systems.ts'

describe('the systems that an entry is about', () => {
  it.each<[string, unknown, readonly string[] | null]>([
    ['one of Go', { imports: [{ path: 'a', goos: ['windows'] }] }, ['windows']],
    ['several of Go', { imports: [{ goos: ['windows'] }, { goos: ['darwin', 'windows'] }] }, ['darwin', 'windows']],
    ['one import for all', { imports: [{ goos: ['windows'] }, { path: 'a' }] }, null],
    ['Linux among them', { imports: [{ goos: ['linux'] }, { goos: ['windows'] }] }, null],
    ['no imports', { imports: [] }, null],
    ['one of RustSec', { affects: { arch: [], os: ['windows'], functions: {} } }, ['windows']],
    ['none of RustSec', { affects: { os: [] } }, null],
    ['a family that Linux belongs to', { affects: { os: ['unix'] } }, null],
    ['a system that nobody knows', { affects: { os: ['windows', 'templeos'] } }, null],
    ['something else', { affects: { os: 'windows' }, imports: {} }, null],
    ['a name of an object', { affects: { os: ['constructor'] } }, null],
    ['nothing', null, null],
  ])('%s', (_case, ecosystemSpecific, systems) => {
    expect(otherSystemsOf(ecosystemSpecific)).toEqual(systems)
  })
})
