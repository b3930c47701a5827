import { describe, expect, it } from 'vitest'
import { ubuntuProStatus } from './pro-status.ts'

const PATH = 'var/lib/ubuntu-advantage/status.json'

function read(text: string) {
  return ubuntuProStatus.analyze({ path: PATH, bytes: Buffer.from(text) })
}

const service = (name: unknown, status: unknown): object => ({ name, status, available: 'yes', entitled: 'yes' })

describe('the status of Ubuntu Pro', () => {
  it('names the channels of what is enabled, in the words of the records', () => {
    const services = [
      service('realtime-kernel', 'enabled'),
      service('esm-infra', 'enabled'),
      service('esm-apps', 'disabled'),
      service('livepatch', 'enabled'),
      service('fips-updates', 'enabled'),
      service('ros', 'enabled'),
      service('ros-updates', 'enabled'),
    ]

    expect(read(JSON.stringify({ attached: true, services }))).toMatchObject({
      ok: true,
      value: { packages: [], channels: ['esm-infra', 'fips-updates', 'realtime', 'ros-esm'] },
    })
  })

  it('names none where nothing is attached, or names are not names', () => {
    const services = [{ name: 'esm-infra', available: 'yes' }, service('../x', 'enabled'), service(7, 'enabled'), null]
    const analysis = read(JSON.stringify({ attached: false, services }))

    expect(analysis.ok && analysis.value.channels).toBeUndefined()
  })

  it.each(['', '[]', '{"services":{}}', `{"services":[${Array.from({ length: 201 }, () => 1).join()}]}`])(
    'is a problem of the file where it cannot be read: %s',
    text => {
      expect(read(text)).toMatchObject({ ok: false, error: { path: PATH, reason: 'malformed-pro-status' } })
    },
  )

  it('wants one file', () => {
    expect(ubuntuProStatus.wants(PATH)).toBe(true)
    expect(ubuntuProStatus.wants(`x/${PATH}`)).toBe(false)
  })
})
