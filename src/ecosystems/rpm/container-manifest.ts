import { ok } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { Analyzer, FoundPackage } from '../ecosystem.ts'
import { ProblemList } from '../problem.ts'
import { packageOfHeader } from './package-of-header.ts'

const LIMIT_LINES = 100_000
/**
 * `rpm -qa --qf "%{NAME}\t%{VERSION}-%{RELEASE}\t%{INSTALLTIME}\t%{BUILDTIME}\t%{VENDOR}\t%{EPOCH}\t%{SIZE}\t%{ARCH}\t
 * %{EPOCHNUM}\t%{SOURCERPM}"`: what the image builder of Azure Linux writes. (toolkit/tools, observed in its images)
 */
const COLUMNS = 10

/** `container-manifest-2`: the packages of an Azure Linux distroless image, which has no database. (matching-and-feeds §4.1) */
export const rpmContainerManifest: Analyzer = {
  id: 'rpm/container-manifest',
  revision: 1,
  limitBytes: 32 * 1024 * 1024,
  wants: path => path === 'var/lib/rpmmanifest/container-manifest-2',
  analyze(file) {
    const problems = new ProblemList(file.path)
    const packages: FoundPackage[] = []
    const lines = decodeUtf8(file.bytes).split('\n', LIMIT_LINES + 1)
    if (lines.length > LIMIT_LINES) {
      problems.add('limit-exceeded', `more than ${LIMIT_LINES} lines; further ones are not read`)
      lines.pop()
    }
    for (const [index, line] of lines.entries()) {
      if (line.trim() === '') continue
      const found = packageOfLine(line)
      if (typeof found === 'string') problems.add('malformed-package-database', `line ${index + 1}: ${found}`)
      else if (found !== null) packages.push(found)
    }
    return ok({ packages, distro: null, owned: null, problems: problems.all() })
  },
}

/** The package, `null` for one that counts as none, or what is wrong with the line. */
function packageOfLine(line: string): FoundPackage | string | null {
  const columns = line.replace(/\r$/, '').split('\t', COLUMNS + 1)
  if (columns.length !== COLUMNS) return `${columns.length} columns instead of ${COLUMNS}`
  const [name = '', full = '', , , vendor = '', , , arch = '', epoch = '', sourceRpm = ''] = columns
  const hyphen = full.lastIndexOf('-')
  const version = full.slice(0, Math.max(hyphen, 0))
  const release = full.slice(hyphen + 1)
  const epochNumber = /^[0-9]{1,10}$/.test(epoch) ? Number(epoch) : null
  const header = {
    name,
    version,
    release,
    epoch: epochNumber,
    arch,
    vendor,
    sourceRpm,
    modularityLabel: null,
    files: [],
  }
  const found = packageOfHeader(header)
  return found.ok ? found.value : found.error
}
