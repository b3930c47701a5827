import { release, tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { runningKernelOf, thisHost } from './this-host.ts'

describe.skipIf(process.platform !== 'linux')('the running kernel', () => {
  it('is told of the root of this machine, however it is written, and of no other root', () => {
    expect(runningKernelOf('/')).toBe(release())
    expect(runningKernelOf('/tmp/..')).toBe(release())
    expect(runningKernelOf(tmpdir())).toBeUndefined()
    expect(runningKernelOf('/there/is/nothing')).toBeUndefined()
    expect(thisHost('/').runningKernel).toBe(release())
  })
})
