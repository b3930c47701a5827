import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { storedLogin } from './docker-config.ts'

const auth = (user: string, password: string) => Buffer.from(`${user}:${password}`).toString('base64')

function read(config: unknown, host = 'registry.example', repository = 'team/app') {
  return storedLogin(Buffer.from(JSON.stringify(config)), 'config.json', host, repository)
}

const login = (username: string, password: string) => ({
  ok: true,
  value: { is: 'login', login: { username, password } },
})

describe('storedLogin', () => {
  it.each([
    ['registry.example', 'registry.example'],
    ['https://registry.example', 'registry.example'],
    ['https://registry.example/v1/', 'registry.example'],
    ['registry.example/team', 'registry.example'],
    ['https://index.docker.io/v1/', 'registry-1.docker.io'],
    ['docker.io', 'registry-1.docker.io'],
  ])('finds a login written for %s', (key, host) => {
    expect(read({ auths: { [key]: { auth: auth('robot', 'a:b') } } }, host)).toEqual(login('robot', 'a:b'))
  })

  it('prefers the namespace, and never takes the login of another host', () => {
    const auths = {
      'registry.example': { auth: auth('all', 'x') },
      'registry.example/team': { username: 'team', password: 'y' },
      'registry.example.evil': { auth: auth('evil', 'z') },
    }

    expect(read({ auths })).toEqual(login('team', 'y'))
    expect(read({ auths }, 'registry.example', 'other/app')).toEqual(login('all', 'x'))
    expect(read({ auths }, 'example')).toEqual({ ok: true, value: { is: 'none' } })
  })

  it('hands over identity tokens in the words of the helpers', () => {
    const config = { auths: { 'registry.example': { auth: auth('robot', ''), identitytoken: 'refresh' } } }

    expect(read(config)).toEqual(login('<token>', 'refresh'))
  })

  it('names the helper of the host, or the store for empty entries', () => {
    const config = {
      auths: { 'registry.example': {}, 'https://index.docker.io/v1/': {}, 'other.example': { auth: auth('a', 'b') } },
      credsStore: 'desktop',
      credHelpers: { 'eu.example': 'cloud' },
    }
    const helper = (name: string, server: string) => ({ ok: true, value: { is: 'helper', helper: name, server } })

    expect(read(config)).toEqual(helper('desktop', 'registry.example'))
    expect(read(config, 'registry-1.docker.io', 'library/debian')).toEqual(
      helper('desktop', 'https://index.docker.io/v1/'),
    )
    expect(read(config, 'eu.example')).toEqual(helper('cloud', 'eu.example'))
    expect(read(config, 'other.example')).toEqual(login('a', 'b'))
  })

  it('tells of a login that it cannot read, and survives names of object members', () => {
    const own = '{"auths":{"__proto__":{"auth":"eDp5"},"registry.example":{"auth":"eA=="}}}'

    expect(storedLogin(Buffer.from(own), 'config.json', '__proto__', 'constructor')).toMatchObject({ ok: true })
    expect(storedLogin(Buffer.from(own), 'config.json', 'registry.example', 'a')).toMatchObject({
      ok: false,
      error: { is: 'malformed', what: 'config.json' },
    })
  })

  it('answers whatever the file holds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), text => {
        const read = storedLogin(Buffer.from(text), 'config.json', 'registry.example', 'team/app')
        expect(read.ok ? read.value.is : read.error.is).toMatch(/^(?:none|login|helper|malformed)$/)
      }),
    )
  })
})
