/** What an access key may be for. */
export const KEY_ROLES = ['administrator', 'auditor', 'pipeline'] as const

export type KeyRole = (typeof KEY_ROLES)[number]

/**
 * Actions that each role allows, in the words of IAM: the service that a client signs for (`openinspector` for operations of
 * our own) and the operation; a star ends a prefix. What is not named is denied, operations of later versions included.
 */
const GRANTS: Readonly<Record<KeyRole, readonly string[]>> = {
  administrator: ['*'],
  // Reads everything of its account and changes nothing.
  auditor: [
    'inspector2:BatchGet*',
    'inspector2:Describe*',
    'inspector2:Get*',
    'inspector2:List*',
    'inspector2:Search*',
    'openinspector:Explain*',
    'openinspector:Get*',
    'openinspector:List*',
  ],
  // For build pipelines, whose logs and dependencies are read by many: it shows nothing of the account.
  pipeline: ['inspector-scan:ScanSbom'],
}

/** Whether a key of this role may do what `action` names, e.g. `inspector-scan:ScanSbom`. */
export function isGranted(role: KeyRole, action: string): boolean {
  return GRANTS[role].some(pattern =>
    pattern.endsWith('*') ? action.startsWith(pattern.slice(0, -1)) : action === pattern,
  )
}
