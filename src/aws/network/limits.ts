import type { Limit } from '../../inventory/limits.ts'

/** What a recorded network may cost at most. What passes a limit is missing from the snapshot, by name, never empty. */
export const NETWORK_LIMITS = {
  files: {
    value: 20_000,
    unit: 'entries',
    of: 'files below a directory of recorded answers',
    because: 'Fifty calls in thirty Regions of a hundred accounts are fewer where each account asks for what it has.',
  },
  directoryDepth: {
    value: 4,
    unit: 'levels',
    of: 'directories below the one that is read',
    because: 'An account, a Region and a call are three.',
  },
  fileBytes: {
    value: 256 * 1024 * 1024,
    unit: 'bytes',
    of: 'one file of recorded answers',
    because: 'A hundred thousand interfaces take about 150 MB as the AWS CLI prints them; a text of V8 ends at 512 MB.',
  },
  totalBytes: {
    value: 2 * 1024 * 1024 * 1024,
    unit: 'bytes',
    of: 'all files of a directory together',
    because: 'Estates of a hundred thousand instances stay below 1 GiB.',
  },
  keptCharacters: {
    value: 512 * 1024 * 1024,
    unit: 'characters',
    of: 'all answers about one account and Region that a server keeps, before they are compressed',
    because: 'Three hundred thousand interfaces of one Region; more are kept as cut off, and named as missing.',
  },
  answers: {
    value: 1_000_000,
    unit: 'entries',
    of: 'answers, pages and calls about one resource counted each',
    because: 'Calls about one target group are the most numerous, and an account has at most thousands.',
  },
  itemsPerList: {
    value: 1_000_000,
    unit: 'entries',
    of: 'one list of an answer; what follows is left out',
    because:
      'No call lists more than a thousand at once; merged pages of the largest accounts hold some hundred thousand.',
  },
  rules: {
    value: 5_000_000,
    unit: 'entries',
    of: 'rules, entries and routes of all groups, lists and tables together',
    because: 'AWS allows a group 1,000 rules; a thousand groups with all of them are a million.',
  },
  idCharacters: {
    value: 2048,
    unit: 'characters',
    of: 'an id, a name or an ARN',
    because: 'The IAM reference gives an ARN 2,048, and nothing that AWS names is longer.',
  },
  textCharacters: {
    value: 4096,
    unit: 'characters',
    of: 'a description or the value of a tag; the rest is cut off',
    because: 'The longest text that AWS allows in what is read, a value of a tag, has 256.',
  },
  reports: {
    value: 10_000,
    unit: 'entries',
    of: 'missing inputs that are listed one by one; beyond, whole calls are named',
    because: 'Nobody reads more, and calls are few.',
  },
  warnings: {
    value: 1000,
    unit: 'entries',
    of: 'warnings that are listed; the rest is counted',
    because: 'Enough to see a pattern.',
  },
} as const satisfies Readonly<Record<string, Limit>>

export type NetworkLimits = { readonly [name in keyof typeof NETWORK_LIMITS]: number }

export const DEFAULT_NETWORK_LIMITS: NetworkLimits = Object.fromEntries(
  Object.entries(NETWORK_LIMITS).map(([name, { value }]) => [name, value]),
) as NetworkLimits // Object.fromEntries forgets the names.
