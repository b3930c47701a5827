import { ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { namespace } from '../../domain/namespace.ts'
import type { Feed, FeedError, FeedFiles, FeedPart } from '../feed.ts'
import type { RpmEcosystem } from '../rpm-fixes.ts'
import { openRepositoryAt } from '../updateinfo-file.ts'
import type { OpenRepository } from '../updateinfo-file.ts'
import type { NoticePublisher } from '../updateinfo-notices.ts'
import { loadRepositories } from '../updateinfo-part.ts'
import type { WantedRepository } from '../updateinfo-part.ts'

/** Rocky Linux's repositories. (download.rockylinux.org; public scanners read both trees, 2026) */
export const ROCKY_UPSTREAM = 'https://dl.rockylinux.org'

/**
 * The records that Rocky publishes for OSV name source packages, without their architectures: `java-11-openjdk` for all
 * that it builds. The indexes of its repositories, which `dnf updateinfo` reads, name what is built.
 */
const ROCKY: NoticePublisher = {
  feed: 'rocky',
  source: 'ROCKY_CVE',
  page: id => `https://errata.rockylinux.org/${id}`,
}

const RELEASES = ['8', '9', '10']
const ARCHITECTURES = ['x86_64', 'aarch64']
/** Not every release has every one. */
const REPOSITORIES = [
  'AppStream',
  'BaseOS',
  'CRB',
  'HighAvailability',
  'NFV',
  'PowerTools',
  'RT',
  'ResilientStorage',
  'SAP',
  'SAPHANA',
  'devel',
  'extras',
  'plus',
]
/** The special interest group whose notices are RXSA, with builds of its own (`….cloud`). (matching-and-feeds §1.1) */
const CLOUD_REPOSITORIES = ['cloud-common', 'cloud-kernel']
/** Minor releases end with the tenth; those that ended are kept in the vault, and never change. */
const MINORS = Array.from({ length: 11 }, (_, minor) => minor)
const VAULT_REPOSITORIES = ['AppStream', 'BaseOS']

/** Raise when the same files would now yield other advisories: unchanged files are then parsed anew. */
const PARSER_REVISION = 1

/** Rocky Linux's own word on its packages: fixes only. A release has two parts: its repositories, and the vault. */
export function rockyFeed(ecosystem: RpmEcosystem): Feed {
  return {
    id: ROCKY.feed,
    title: 'Rocky Linux notices (RLSA, RXSA) of Rocky Linux 8, 9 and 10, by built package',
    licence: 'BSD-3-Clause',
    parts: RELEASES.flatMap(release => [release, `${release}/vault`]),
    // A mirror may hold some releases only, and a new release has no vault.
    mayLackParts: true,
    load: (files, part, validator) => load(files, part, validator, ecosystem),
  }
}

async function load(
  files: FeedFiles,
  part: string,
  validator: string | null,
  ecosystem: RpmEcosystem,
): Promise<Result<FeedPart | 'unchanged', FeedError>> {
  const open = async (folder: string): Promise<Result<OpenRepository | null, FeedError>> => {
    const opened = await openRepositoryAt({ files, folder })
    return !opened.ok && opened.error.is === 'not-found' ? ok(null) : opened
  }
  const reading = { files, publisher: ROCKY, ecosystem, revision: PARSER_REVISION, open }
  return loadRepositories(reading, part, validator, repositoriesOf(part))
}

function repositoriesOf(part: string): readonly WantedRepository[] {
  const [release = '', isVault] = part.split('/', 2)
  const home = { namespace: namespace(`rocky:${release}`), channel: null }
  const foldersOf = isVault === undefined ? foldersOfRelease : foldersOfVault
  return ARCHITECTURES.flatMap(arch => foldersOf(release, arch)).map(name => ({ name, home }))
}

function foldersOfRelease(release: string, arch: string): readonly string[] {
  const own = REPOSITORIES.map(repository => `pub/rocky/${release}/${repository}/${arch}/os/`)
  const cloud = CLOUD_REPOSITORIES.map(repository => `pub/sig/${release}/cloud/${arch}/${repository}/`)
  return own.concat(cloud)
}

function foldersOfVault(release: string, arch: string): readonly string[] {
  return MINORS.flatMap(minor =>
    VAULT_REPOSITORIES.map(repository => `vault/rocky/${release}.${minor}/${repository}/${arch}/os/`),
  )
}
