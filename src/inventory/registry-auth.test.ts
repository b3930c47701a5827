import { describe, expect, it } from 'vitest'

import { parseAuthChallenge, trustOfRealm } from './registry-auth.ts'

describe('trustOfRealm', () => {
  it.each([
    ['https://auth.docker.io/token', 'https://registry-1.docker.io', 'own'],
    ['https://ghcr.io/token', 'https://ghcr.io', 'own'],
    ['https://gitlab.com/jwt/auth', 'https://registry.gitlab.com', 'own'],
    ['https://ghcr.io/token', 'https://lscr.io', 'own'],
    ['https://sso.acme.co.uk/token', 'https://registry.acme.co.uk', 'own'],
    ['https://127.0.0.1:5001/token', 'https://127.0.0.1:5000', 'own'],
    ['http://registry.acme.test:5000/token', 'http://registry.acme.test:5000', 'own'],
    ['https://listed.example/token', 'https://registry.acme.test', 'own'],
    ['https://listed.example:8443/token', 'https://registry.acme.test', 'own'],
    ['https://evil.co.uk/token', 'https://registry.acme.co.uk', 'stranger'],
    ['https://evil.co.uk/token', 'https://acme.co.uk', 'stranger'],
    ['https://evilacme.test/token', 'https://acme.test', 'stranger'],
    ['https://10.0.0.2/token', 'https://10.0.0.1', 'stranger'],
    ['https://0.1/token', 'https://10.0.0.1', 'stranger'],
    ['https://[::2]/token', 'https://[::1]', 'stranger'],
    ['https://evil.example/token', 'https://constructor', 'stranger'],
    ['http://registry.acme.test:5001/token', 'http://registry.acme.test:5000', 'refused'],
    ['http://listed.example/token', 'https://registry.acme.test', 'refused'],
    ['https://u:p@registry.acme.test/token', 'https://registry.acme.test', 'refused'],
    ['file:///etc/passwd', 'https://registry.acme.test', 'refused'],
    ['/token', 'https://registry.acme.test', 'refused'],
  ])('calls %s of %s: %s', (realm, registry, trust) => {
    expect(trustOfRealm(realm, registry, ['listed.example'])).toBe(trust)
  })
})

describe('parseAuthChallenge', () => {
  it('reads a header of hostile length in no time', () => {
    const header = `Bearer ${'a="b",'.repeat(1000)}realm="https://x/"`

    expect(parseAuthChallenge(header)).toMatchObject({ realm: 'https://x/' })
    expect(parseAuthChallenge(`Bearer realm="${'a'.repeat(9000)}"`)).toBeNull()
  })
})
