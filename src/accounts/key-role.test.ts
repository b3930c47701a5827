import { describe, expect, it } from 'vitest'
import { isGranted, KEY_ROLES } from './key-role.ts'

describe('isGranted', () => {
  it.each([
    ['inspector-scan:ScanSbom', ['administrator', 'pipeline']],
    ['inspector2:ListFindings', ['administrator', 'auditor']],
    ['inspector2:BatchGetAccountStatus', ['administrator', 'auditor']],
    ['inspector2:Enable', ['administrator']],
    ['inspector2:CreateFilter', ['administrator']],
    ['inspector2:ListFindingsAndDelete', ['administrator', 'auditor']],
    ['inspector-scan:ScanSbomTwice', ['administrator']],
    ['openinspector:ExplainFinding', ['administrator', 'auditor']],
    ['openinspector:CreateAccessKey', ['administrator']],
    ['openinspector:SyncAdvisories', ['administrator']],
  ] as const)('%s is for %j', (action, roles) => {
    expect(KEY_ROLES.filter(role => isGranted(role, action))).toEqual(roles)
  })
})
