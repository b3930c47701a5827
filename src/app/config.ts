import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { err, ok, type Result } from '../base/result.ts'
import { parseAccountId, parseRegion, type AccountId, type Region } from '../domain/ids.ts'

/** Everything that can be set from outside. docs/reference/configuration.md is compared with `SETTINGS` by a test. */
export interface Config {
  readonly home: string
  readonly databaseUrl: string | null
  readonly host: string
  readonly port: number
  /** Where clients reach the server when that is not the listening address, e.g. behind a proxy; no trailing slash. */
  readonly publicUrl: string | null
  /** Base of the advisory feeds, or `off`; `null` is the public upstream. */
  readonly feeds: string | null
  /** File with the public keys whose exported advisories are imported; `null` asks for one on the command line. */
  readonly advisoryKey: string | null
  /** For NVD's interface; never shown. `null`: it is asked more slowly. */
  readonly nvdApiKey: string | null
  /** Whether the CVE List is fetched; `null`: from a mirror, not from upstream. */
  readonly cveList: boolean | null
  readonly accountId: AccountId
  readonly region: Region
  readonly secretKey: string | null
  readonly syncIntervalMinutes: number
  /** File with an index of published Java archives; `null` where none is kept. */
  readonly javaIndex: string | null
  /** Longest silence of a registry, in milliseconds. */
  readonly registryTimeoutMs: number
  /** Hosts that registries may name for tokens although they belong to another site, or stand on a private address. */
  readonly trustedHosts: readonly string[]
  readonly fetchForeignLayers: boolean
  /** Accounts whose registries of ECR may be read with the server's own AWS credentials, without a role. */
  readonly awsIdentityAccounts: readonly AccountId[]
  readonly hostScan: boolean
  readonly hostRoot: string
  readonly logLevel: LogLevel
  readonly logFormat: 'text' | 'json'
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface Setting {
  readonly name: string
  readonly fallback: string
  readonly meaning: string
}

/** The environment variables, in the order in which the reference lists them. */
export const SETTINGS: readonly Setting[] = [
  {
    name: 'OPENINSPECTOR_HOME',
    fallback: '~/.openinspector',
    meaning: 'Data directory: embedded database, advisories, layer cache, keys.',
  },
  {
    name: 'DATABASE_URL',
    fallback: '(embedded database)',
    meaning:
      'PostgreSQL 15 or later, `postgres://…`, instead of the embedded database. All its processes share one `OPENINSPECTOR_HOME`: the advisories are there.',
  },
  { name: 'OPENINSPECTOR_HOST', fallback: '127.0.0.1', meaning: 'Address to listen on.' },
  { name: 'OPENINSPECTOR_PORT', fallback: '8520', meaning: 'Port to listen on; 0 takes a free one.' },
  {
    name: 'OPENINSPECTOR_PUBLIC_URL',
    fallback: '(the listening address)',
    meaning: 'Where clients reach the server through a proxy, with its path, e.g. `https://inspector.example.com`.',
  },
  {
    name: 'OPENINSPECTOR_FEEDS',
    fallback: '(public upstream)',
    meaning:
      'Folder, `file:` or `http(s):` base URL of a mirror of the advisory feeds: a folder for each (`osv/`, `nvd/`, `debian-tracker/`, `alpine-secdb/`, `amazon-linux/` …), laid out as its upstream is. `off` fetches nothing: advisories are imported.',
  },
  {
    name: 'OPENINSPECTOR_ADVISORY_KEY',
    fallback: '(none)',
    meaning:
      'File with one or more Ed25519 public keys (PEM). `advisories import` then takes only files that one of them signed.',
  },
  {
    name: 'OPENINSPECTOR_NVD_API_KEY',
    fallback: '(none)',
    meaning:
      'Key for the API of NVD (free at nvd.nist.gov): it then answers ten times as often. Sent to NVD alone; a mirror needs none.',
  },
  {
    name: 'OPENINSPECTOR_CVE_LIST',
    fallback: '`on` with a mirror, else `off`',
    meaning:
      '`on` or `off`: whether the CVE List is fetched. Its first load takes some 500 MB of network and over 1 GB of memory; NVD says most of it.',
  },
  {
    name: 'OPENINSPECTOR_ACCOUNT',
    fallback: '123456789012',
    meaning: 'Account that the first start makes, twelve digits.',
  },
  {
    name: 'OPENINSPECTOR_REGION',
    fallback: 'us-east-1',
    meaning: 'Region of this machine and of the registries that are added without one.',
  },
  {
    name: 'OPENINSPECTOR_SECRET_KEY',
    fallback: '(a file in the data directory)',
    meaning: 'Key that encrypts stored secrets: 32 bytes in base64. The same on every process of one installation.',
  },
  { name: 'OPENINSPECTOR_SYNC_MINUTES', fallback: '360', meaning: 'Minutes between two looks at the advisory feeds.' },
  {
    name: 'OPENINSPECTOR_JAVA_INDEX',
    fallback: '(none)',
    meaning:
      'File that names published Java archives by their SHA-1, for those that do not name themselves: a `trivy-java.db`, or any SQLite file with its tables `artifacts` and `indices`.',
  },
  {
    name: 'OPENINSPECTOR_REGISTRY_TIMEOUT_SECONDS',
    fallback: '30',
    meaning: 'Seconds of silence after which a registry counts as unreachable, 1 to 600.',
  },
  {
    name: 'OPENINSPECTOR_TRUSTED_HOSTS',
    fallback: '(none)',
    meaning:
      'Hosts, with commas between them, that may give tokens for registries of another site: a login is otherwise only sent to the site of its registry.',
  },
  {
    name: 'OPENINSPECTOR_FOREIGN_LAYERS',
    fallback: 'refuse',
    meaning:
      '`refuse` or `fetch`: whether layers that a registry does not hold are fetched from the public https address that the image names.',
  },
  {
    name: 'OPENINSPECTOR_AWS_IDENTITY_ACCOUNTS',
    fallback: '(that of `OPENINSPECTOR_ACCOUNT`)',
    meaning:
      "Accounts, with commas between them, whose registries of ECR may be read with the server's own AWS credentials; the others give a role. `none` for no account.",
  },
  {
    name: 'OPENINSPECTOR_HOST_SCAN',
    fallback: 'on',
    meaning: '`on` or `off`: whether the server takes the inventory of the machine it runs on.',
  },
  {
    name: 'OPENINSPECTOR_HOST_ROOT',
    fallback: '/',
    meaning: 'Root directory of that machine, where a container mounts it elsewhere.',
  },
  {
    name: 'OPENINSPECTOR_LOG_LEVEL',
    fallback: '`warn` on a terminal, else `info`',
    meaning: '`debug`, `info`, `warn` or `error`.',
  },
  {
    name: 'OPENINSPECTOR_LOG_FORMAT',
    fallback: '`text` on a terminal, else `json`',
    meaning: '`text` or `json`, on standard error.',
  },
]

const environment = z.object({
  OPENINSPECTOR_HOME: z.string().min(1).optional(),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres://')
    .optional(),
  OPENINSPECTOR_HOST: z.string().min(1).default('127.0.0.1'),
  OPENINSPECTOR_PORT: z.coerce.number().int().min(0).max(65_535).default(8520),
  OPENINSPECTOR_PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform(url => url.replace(/\/+$/, ''))
    .optional(),
  OPENINSPECTOR_FEEDS: z.string().min(1).optional(),
  OPENINSPECTOR_ADVISORY_KEY: z.string().min(1).optional(),
  OPENINSPECTOR_NVD_API_KEY: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,128}$/, 'must be a key as NVD gives it out, letters, digits and hyphens')
    .optional(),
  OPENINSPECTOR_CVE_LIST: z.enum(['on', 'off']).optional(),
  OPENINSPECTOR_ACCOUNT: z
    .string()
    .default('123456789012')
    .transform((text, context) => parseAccountId(text) ?? refuse(context, 'must be twelve digits')),
  OPENINSPECTOR_REGION: z
    .string()
    .default('us-east-1')
    .transform((text, context) => parseRegion(text) ?? refuse(context, 'must be a Region such as eu-west-1')),
  OPENINSPECTOR_SECRET_KEY: z.string().min(1).optional(),
  OPENINSPECTOR_SYNC_MINUTES: z.coerce.number().int().min(1).max(10_080).default(360),
  OPENINSPECTOR_JAVA_INDEX: z.string().min(1).optional(),
  OPENINSPECTOR_REGISTRY_TIMEOUT_SECONDS: z.coerce.number().int().min(1).max(600).default(30),
  OPENINSPECTOR_TRUSTED_HOSTS: z
    .string()
    .default('')
    .transform(text =>
      text
        .split(',')
        .map(host => host.trim().toLowerCase())
        .filter(host => host !== ''),
    )
    .refine(
      hosts => hosts.every(host => /^(?:[a-z0-9.-]{1,253}|\[[0-9a-f:]{2,45}\])(?::[0-9]{1,5})?$/.test(host)),
      'must be host names, with or without a port, with commas between them',
    ),
  OPENINSPECTOR_FOREIGN_LAYERS: z.enum(['refuse', 'fetch']).default('refuse'),
  OPENINSPECTOR_AWS_IDENTITY_ACCOUNTS: z
    .string()
    .transform((text, context) =>
      text === 'none'
        ? []
        : text
            .split(',')
            .map(id => parseAccountId(id.trim()) ?? refuse(context, 'must be accounts of twelve digits, or none')),
    )
    .optional(),
  OPENINSPECTOR_HOST_SCAN: z.enum(['on', 'off']).default('on'),
  OPENINSPECTOR_HOST_ROOT: z.string().min(1).default('/'),
  OPENINSPECTOR_LOG_LEVEL: z.enum(LOG_LEVELS).optional(),
  OPENINSPECTOR_LOG_FORMAT: z.enum(['text', 'json']).optional(),
})

function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message })
  return z.NEVER
}

/** Reads the environment; the error names each variable that is wrong. An empty variable counts as unset. */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): Result<Config, string> {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = environment.safeParse(set)
  if (!parsed.success) {
    return err(parsed.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`).join('\n'))
  }
  const value = parsed.data
  return ok({
    home: resolve(value.OPENINSPECTOR_HOME ?? join(homedir(), '.openinspector')),
    databaseUrl: value.DATABASE_URL ?? null,
    host: value.OPENINSPECTOR_HOST,
    port: value.OPENINSPECTOR_PORT,
    publicUrl: value.OPENINSPECTOR_PUBLIC_URL ?? null,
    feeds: value.OPENINSPECTOR_FEEDS ?? null,
    advisoryKey: value.OPENINSPECTOR_ADVISORY_KEY ?? null,
    nvdApiKey: value.OPENINSPECTOR_NVD_API_KEY ?? null,
    cveList: value.OPENINSPECTOR_CVE_LIST === undefined ? null : value.OPENINSPECTOR_CVE_LIST === 'on',
    accountId: value.OPENINSPECTOR_ACCOUNT,
    region: value.OPENINSPECTOR_REGION,
    secretKey: value.OPENINSPECTOR_SECRET_KEY ?? null,
    syncIntervalMinutes: value.OPENINSPECTOR_SYNC_MINUTES,
    javaIndex: value.OPENINSPECTOR_JAVA_INDEX === undefined ? null : resolve(value.OPENINSPECTOR_JAVA_INDEX),
    registryTimeoutMs: value.OPENINSPECTOR_REGISTRY_TIMEOUT_SECONDS * 1000,
    trustedHosts: value.OPENINSPECTOR_TRUSTED_HOSTS,
    fetchForeignLayers: value.OPENINSPECTOR_FOREIGN_LAYERS === 'fetch',
    awsIdentityAccounts: value.OPENINSPECTOR_AWS_IDENTITY_ACCOUNTS ?? [value.OPENINSPECTOR_ACCOUNT],
    hostScan: value.OPENINSPECTOR_HOST_SCAN === 'on',
    hostRoot: value.OPENINSPECTOR_HOST_ROOT,
    logLevel: value.OPENINSPECTOR_LOG_LEVEL ?? (isTerminal ? 'warn' : 'info'),
    logFormat: value.OPENINSPECTOR_LOG_FORMAT ?? (isTerminal ? 'text' : 'json'),
  })
}
