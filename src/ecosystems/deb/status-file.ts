import { decodeUtf8 } from '../../base/utf8.ts'
import { ok } from '../../base/result.ts'
import type { Analyzer, FileAnalysis, FoundPackage } from '../ecosystem.ts'
import { ProblemList, quoted } from '../problem.ts'
import { releaseOfBaseFiles } from './release-files.ts'
import { readStanzas, type Stanza } from './stanzas.ts'
import { foreignVendorOf } from './third-party.ts'

/** dpkg's own database; Debian's largest desktop installations stay below 10 MiB. */
const LIMIT_BYTES = 64 * 1024 * 1024
const LIMIT_PACKAGES = 100_000
const FIELDS = ['package', 'status', 'version', 'source', 'architecture', 'maintainer', 'origin']

/** `var/lib/dpkg/status`: what is installed, one stanza per package. (dpkg(1), deb-control(5)) */
export const dpkgStatus: Analyzer = {
  id: 'deb/dpkg-status',
  revision: 3,
  limitBytes: LIMIT_BYTES,
  wants: path => path === 'var/lib/dpkg/status',
  analyze: file => ok(readPackages(file.path, file.bytes, 'status-required')),
}

/** `var/lib/dpkg/status.d/*`: one file per package in distroless images, without a Status field. */
export const dpkgStatusDirectory: Analyzer = {
  id: 'deb/dpkg-status-d',
  revision: 3,
  limitBytes: LIMIT_BYTES,
  wants: path =>
    path.startsWith('var/lib/dpkg/status.d/') &&
    !path.endsWith('.md5sums') &&
    !path.includes('/', 'var/lib/dpkg/status.d/'.length),
  analyze: file => ok(readPackages(file.path, file.bytes, 'status-optional')),
}

function readPackages(path: string, bytes: Uint8Array, status: 'status-required' | 'status-optional'): FileAnalysis {
  const problems = new ProblemList(path)
  const packages: FoundPackage[] = []
  for (const stanza of readStanzas(decodeUtf8(bytes), FIELDS, (line, reason) =>
    problems.add('malformed-package-database', `line ${line}: ${reason}`),
  )) {
    if (packages.length === LIMIT_PACKAGES) {
      problems.add(
        'limit-exceeded',
        `more than ${LIMIT_PACKAGES} packages; those from line ${stanza.line} on are not read`,
      )
      break
    }
    const found = readPackage(stanza, status, problems)
    if (found !== null) packages.push(found)
  }
  const packageRelease = releaseOfBaseFiles(packages)
  return {
    packages,
    distro: null,
    owned: null,
    problems: problems.all(),
    ...(packageRelease === undefined ? {} : { packageRelease }),
  }
}

/** The package that a stanza describes; `null` when it is not installed, or cannot be read, which is a problem. */
function readPackage(
  stanza: Stanza,
  status: 'status-required' | 'status-optional',
  problems: ProblemList,
): FoundPackage | null {
  const malformed = (detail: string): null => {
    problems.add('malformed-package-database', `line ${stanza.line}: ${detail}`)
    return null
  }
  const name = stanza.fields.get('package')
  if (name === undefined) return malformed('an entry without Package field')
  if (!isPackageName(name)) return malformed(`${quoted(name)} is not a package name`)

  const statusText = stanza.fields.get('status')
  if (statusText !== undefined) {
    const words = statusText.split(/[ \t]+/)
    const state = words[2]
    if (words.length !== 3 || state === undefined) return malformed(`${name}: unreadable Status ${quoted(statusText)}`)
    if (state === 'not-installed' || state === 'config-files') return null
    if (state !== 'installed') {
      problems.add('package-not-fully-installed', `${name} is in the state ${quoted(state)} and is not matched`)
      return null
    }
  } else if (status === 'status-required') {
    malformed(`${name}: no Status field; read as installed`)
  }

  const version = stanza.fields.get('version')
  if (version === undefined || !isToken(version)) return malformed(`${name}: no readable Version field`)
  const arch = stanza.fields.get('architecture') ?? null
  if (arch !== null && !/^[a-z0-9][a-z0-9-]{0,63}$/.test(arch)) return malformed(`${name}: unreadable Architecture`)

  const source = readSource(stanza.fields.get('source'), name, version)
  if (source === 'unreadable') return malformed(`${name}: unreadable Source field`)
  const vendor = foreignVendorOf(stanza.fields.get('origin'), stanza.fields.get('maintainer'))
  return { type: 'deb', name, version, arch, source, manager: 'OS', ...(vendor === undefined ? {} : { vendor }) }
}

/**
 * The source package, where it differs. `Source: foo (1.2-3)` gives its version; otherwise the version is the binary's
 * without the `+bN` of a binary-only rebuild, which never changes the source. (deb-control(5); matching-and-feeds §2.3)
 */
function readSource(text: string | undefined, name: string, version: string): FoundPackage['source'] | 'unreadable' {
  const [, sourceName = name, sourceVersion = withoutRebuildSuffix(version)] =
    text === undefined ? [] : (/^([^ \t()]+)(?:[ \t]*\(([^()]*)\))?$/.exec(text) ?? ['', ''])
  if (!isPackageName(sourceName) || !isToken(sourceVersion)) return 'unreadable'
  return sourceName === name && sourceVersion === version ? null : { name: sourceName, version: sourceVersion }
}

/** The version without the suffix of a binary-only rebuild (binNMU), e.g. `1.0-1+b2` -> `1.0-1`. */
export function withoutRebuildSuffix(version: string): string {
  return version.replace(/\+b[0-9]{1,9}$/, '')
}

/** Looser than Debian Policy 5.6.1: capitals and underscores occur outside the archive. */
function isPackageName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9+._-]{0,255}$/.test(text)
}

/** Printable ASCII without blanks, short enough for the API (1,024 characters); whether it can be ordered is asked later. */
function isToken(text: string): boolean {
  return /^[!-~]{1,1024}$/.test(text)
}
