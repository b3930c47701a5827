import { err, ok } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { Analyzer } from '../ecosystem.ts'
import { isJsonList, isJsonObject, member, readJson, stringMember } from '../json-file.ts'
import { ProblemList, quoted } from '../problem.ts'
import { channelOfRepository, RELEASEVER_CHANNEL } from '../red-hat-channels.ts'
import { linesOf } from '../text-lines.ts'

/** Repositories of one system; subscriptions list some thousands, nearly all of them switched off. (observed) */
const LIMIT_REPOSITORIES = 20_000

/** What Red Hat's image builds write: the repositories that each image of the chain took packages from. (matching-and-feeds §2.4) */
export const redHatContentManifest: Analyzer = {
  id: 'rpm/red-hat-content-manifest',
  revision: 1,
  limitBytes: 16 * 1024 * 1024,
  wants: path => path.endsWith('.json') && /^(?:root|usr\/share)\/buildinfo\/content_manifests\/[^/]+$/.test(path),
  analyze(file) {
    const json = readJson(file.bytes)
    if (!json.ok || !isJsonObject(json.value)) {
      const detail = json.ok ? 'not a JSON object' : json.error
      return err({ path: file.path, reason: 'malformed-content-manifest', detail })
    }
    const problems = new ProblemList(file.path)
    const sets = member(json.value, 'content_sets')
    const repositories = new ChannelsOfRepositories(problems)
    if (isJsonList(sets)) for (const set of sets) if (typeof set === 'string') repositories.add(set, null)
    return ok({ packages: [], distro: null, owned: null, problems: problems.all(), channels: repositories.channels() })
  },
}

/** `redhat.repo`: the repositories that subscription-manager gave a host; those switched on count. */
export const redHatRepositories: Analyzer = {
  id: 'rpm/red-hat-repositories',
  revision: 1,
  limitBytes: 32 * 1024 * 1024,
  wants: path => path === 'etc/yum.repos.d/redhat.repo',
  analyze(file) {
    const problems = new ProblemList(file.path)
    const repositories = new ChannelsOfRepositories(problems)
    let open: OpenRepository | null = null
    const close = (): void => {
      if (open?.isEnabled === true) repositories.add(open.id, minorOfAddress(open.address))
    }
    for (const line of linesOf(decodeUtf8(file.bytes))) {
      const id = /^\[([^\]]{1,200})\]\s*$/.exec(line)?.[1]
      if (id !== undefined) {
        close()
        // As dnf does: a repository is on unless its section says otherwise.
        open = { id, isEnabled: true, address: '' }
        continue
      }
      const [, key, value = ''] = /^([a-z_]{1,40})\s*=\s*(.*)$/.exec(line) ?? []
      if (open === null || key === undefined) continue
      if (key === 'enabled') open.isEnabled = /^(?:1|yes|true|on)\s*$/i.test(value)
      else if (key === 'baseurl') open.address = value
    }
    close()
    return ok({ packages: [], distro: null, owned: null, problems: problems.all(), channels: repositories.channels() })
  },
}

/** The release that a host is held at: a variable of dnf or yum, or what subscription-manager was told. */
export const redHatRelease: Analyzer = {
  id: 'rpm/red-hat-release',
  revision: 1,
  limitBytes: 64 * 1024,
  wants: path =>
    path === 'etc/dnf/vars/releasever' ||
    path === 'etc/yum/vars/releasever' ||
    path === 'var/lib/rhsm/cache/releasever.json',
  analyze(file) {
    const said = file.path.endsWith('.json') ? releaseOfJson(file.bytes) : decodeUtf8(file.bytes).trim()
    // Not held at a minor release: `9`, `7Server`; or the file of another distribution: `2023.5.20240805`, `latest`.
    const channels = /^[0-9]{1,2}\.[0-9]{1,2}$/.test(said) ? [RELEASEVER_CHANNEL + said] : []
    return ok({ packages: [], distro: null, owned: null, problems: [], channels })
  },
}

interface OpenRepository {
  readonly id: string
  isEnabled: boolean
  address: string
}

/** Gathers channels; a repository whose channel is not known is told, never guessed. */
class ChannelsOfRepositories {
  private readonly problems: ProblemList
  private readonly found = new Set<string>()
  private count = 0

  constructor(problems: ProblemList) {
    this.problems = problems
  }

  add(repository: string, releasever: string | null): void {
    if (++this.count > LIMIT_REPOSITORIES) {
      if (this.count === LIMIT_REPOSITORIES + 1) {
        this.problems.add('limit-exceeded', `more than ${LIMIT_REPOSITORIES} repositories; further ones are not read`)
      }
      return
    }
    const found = channelOfRepository(repository, releasever)
    if (found === null) this.problems.add('unknown-repository', `${quoted(repository)} is of no product known here`)
    else if (found.channel !== null) this.found.add(found.channel)
  }

  channels(): readonly string[] {
    return [...this.found].sort()
  }
}

/** `9.2` of `https://cdn.redhat.com/content/eus/rhel9/9.2/x86_64/appstream/os`, where the release is written out. */
function minorOfAddress(address: string): string | null {
  return /\/content\/[a-z0-9-]{1,20}\/rhel[0-9]{1,2}\/([0-9]{1,2}\.[0-9]{1,2})\//.exec(address)?.[1] ?? null
}

function releaseOfJson(bytes: Uint8Array): string {
  const json = readJson(bytes)
  return json.ok && isJsonObject(json.value) ? (stringMember(json.value, 'releaseVer') ?? '') : ''
}
