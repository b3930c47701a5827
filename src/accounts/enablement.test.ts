import * as fc from 'fast-check'
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { instant } from '../base/clock.ts'
import { parseAccountId } from '../domain/ids.ts'
import { SCAN_TYPES } from './account.ts'
import type { EnablementStatus, ScanTypeStatuses } from './account.ts'
import { accountStatus, decideDisable, decideEnable, isSettling } from './enablement.ts'
import { newAccessKey } from './new-access-key.ts'

const STATUSES: readonly EnablementStatus[] = [
  'ENABLING',
  'ENABLED',
  'DISABLING',
  'DISABLED',
  'SUSPENDING',
  'SUSPENDED',
]

function statuses(given: Partial<ScanTypeStatuses> = {}): ScanTypeStatuses {
  const off = { EC2: 'DISABLED', ECR: 'DISABLED', LAMBDA: 'DISABLED', LAMBDA_CODE: 'DISABLED' } as const
  return { ...off, CODE_REPOSITORY: 'DISABLED', ...given }
}

const anyStatuses = fc
  .tuple(...SCAN_TYPES.map(() => fc.constantFrom(...STATUSES)))
  .map(all => statuses(Object.fromEntries(SCAN_TYPES.map((type, index) => [type, all[index]]))))
const anyTypes = fc.uniqueArray(fc.constantFrom(...SCAN_TYPES), { minLength: 1 })

describe('decideEnable', () => {
  it('turns on what is off and leaves what is on', () => {
    expect(decideEnable(statuses({ EC2: 'ENABLED' }), ['EC2', 'ECR'])).toEqual({
      changes: { ECR: 'ENABLING' },
      failure: null,
    })
  })

  it('brings LAMBDA along with LAMBDA_CODE', () => {
    expect(decideEnable(statuses(), ['LAMBDA_CODE']).changes).toEqual({ LAMBDA: 'ENABLING', LAMBDA_CODE: 'ENABLING' })
  })

  it('waits for a change that is under way', () => {
    expect(decideEnable(statuses({ ECR: 'DISABLING' }), ['EC2', 'ECR'])).toMatchObject({
      changes: {},
      failure: { errorCode: 'DISABLE_IN_PROGRESS' },
    })
  })
})

describe('decideDisable', () => {
  it('takes no type for all of them', () => {
    expect(decideDisable(statuses({ EC2: 'ENABLED', ECR: 'ENABLED' }), []).changes).toEqual({
      EC2: 'DISABLING',
      ECR: 'DISABLING',
    })
  })

  it('keeps LAMBDA while LAMBDA_CODE stays on, and lets both go together', () => {
    const both = statuses({ LAMBDA: 'ENABLED', LAMBDA_CODE: 'ENABLED' })

    expect(decideDisable(both, ['LAMBDA']).failure?.errorCode).toBe('RESOURCE_SCAN_NOT_DISABLED')
    expect(decideDisable(both, ['LAMBDA', 'LAMBDA_CODE']).failure).toBeNull()
  })
})

describe('both decisions', () => {
  it.each([
    ['enable', decideEnable],
    ['disable', decideDisable],
  ])('are idempotent, and change all or nothing: %s', (_name, decide) => {
    fc.assert(
      fc.property(anyStatuses, anyTypes, (current, types) => {
        const { changes, failure } = decide(current, types)
        const after = { ...current, ...changes }

        expect(failure === null || Object.keys(changes).length === 0).toBe(true)
        expect(decide(after, types).changes).toEqual({})
      }),
    )
  })
})

describe('accountStatus', () => {
  it.each([
    [statuses(), 'DISABLED'],
    [statuses({ EC2: 'ENABLED' }), 'ENABLED'],
    [statuses({ EC2: 'ENABLED', ECR: 'ENABLING' }), 'ENABLING'],
    [statuses({ EC2: 'ENABLED', ECR: 'DISABLING' }), 'ENABLED'],
    [statuses({ ECR: 'DISABLING' }), 'DISABLING'],
    [statuses({ ECR: 'SUSPENDED' }), 'SUSPENDED'],
  ] as const)('of %j is %s', (given, status) => {
    expect(accountStatus(given)).toBe(status)
  })

  it('is settling while a type is on its way', () => {
    expect([statuses(), statuses({ EC2: 'ENABLING' }), statuses({ EC2: 'DISABLING' })].map(isSettling)).toEqual([
      false,
      true,
      true,
    ])
  })
})

describe('newAccessKey', () => {
  it('makes keys in the shape of the contract', () => {
    const key = newAccessKey(
      { accountId: parseAccountId('210987654321')!, description: null, role: 'pipeline' },
      instant(5),
      randomBytes,
    )

    expect(key.id).toMatch(/^OIAK[A-Z2-7]{16}$/)
    expect(key.secret).toMatch(/^[\w-]{40}$/)
    expect(key).toMatchObject({ status: 'ACTIVE', role: 'pipeline', createdAt: 5 })
  })
})
