import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSecrets, secretBox } from './secret-box.ts'

const box = secretBox(new Uint8Array(32).fill(1))

describe('a secret box', () => {
  it('opens what it sealed, and never seals twice alike', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, context) => {
        const sealed = box.seal(text, context)
        expect(box.open(sealed, context)).toBe(text)
        expect(box.seal(text, context)).not.toBe(sealed)
      }),
    )
  })

  it('refuses any changed character, another context, and another key', () => {
    const sealed = box.seal('secret', 'registry 1')
    for (let index = 0; index < sealed.length; index++) {
      const other = sealed[index] === 'A' ? 'Q' : 'A'
      expect(() => box.open(sealed.slice(0, index) + other + sealed.slice(index + 1), 'registry 1')).toThrow(
        /sealed secret/,
      )
    }
    expect(() => box.open(sealed.slice(0, 20), 'registry 1')).toThrow('not a sealed secret')
    expect(() => box.open(sealed, 'registry 2')).toThrow('does not open')
    expect(() => secretBox(new Uint8Array(32)).open(sealed, 'registry 1')).toThrow('does not open')
  })
})

describe('the key of an installation', () => {
  let home: string
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'openinspector-key-'))
  })
  afterEach(() => rmSync(home, { recursive: true }))

  it('is made once, for its owner only, and used again', () => {
    const sealed = openSecrets({ home, key: undefined }).box.seal('secret', 'c')

    expect(openSecrets({ home, key: undefined }).box.open(sealed, 'c')).toBe('secret')
    expect(statSync(join(home, 'secret.key')).mode & 0o777).toBe(0o600)
    expect(readdirSync(home)).toEqual(['secret.key'])
  })

  it('is refused when others can read it, or when it is not a key', () => {
    const path = join(home, 'secret.key')
    openSecrets({ home, key: undefined })
    chmodSync(path, 0o644)
    expect(() => openSecrets({ home, key: undefined })).toThrow(`chmod 600 ${path}`)
    chmodSync(path, 0o600)
    writeFileSync(path, 'short')
    expect(() => openSecrets({ home, key: undefined })).toThrow(`${path} must hold 32 bytes in base64`)
    expect(() => openSecrets({ home, key: 'short' })).toThrow('OPENINSPECTOR_SECRET_KEY must hold 32 bytes in base64')
  })

  it('can be given, and then leaves no file', () => {
    const key = Buffer.alloc(32, 5).toString('base64')

    const sealed = openSecrets({ home, key }).box.seal('secret', 'c')

    expect(openSecrets({ home: '/nowhere', key }).box.open(sealed, 'c')).toBe('secret')
    expect(readdirSync(home)).toEqual([])
  })

  it('gives another derived key for each purpose, the same each time', () => {
    const key = Buffer.alloc(32, 5).toString('base64')
    const derived = (purpose: string) => Buffer.from(openSecrets({ home, key }).derivedKey(purpose)).toString('hex')

    expect(derived('tokens')).toBe(derived('tokens'))
    expect(derived('tokens')).not.toBe(derived('sessions'))
    expect(derived('tokens')).toHaveLength(64)
  })
})
