import { err, ok, type Result } from '../../base/result.ts'
import type { FoundPackage } from '../ecosystem.ts'
import { quoted } from '../problem.ts'
import type { RpmHeader } from './header.ts'

/** What rpm writes for a tag that is not set. */
const NONE = '(none)'

/**
 * The package that a header describes; `null` for `gpg-pubkey`, the name under which rpm keeps imported keys. The epoch
 * is part of the version where it is not 0, as rpm shows it. (matching-and-feeds §2.4)
 */
export function packageOfHeader(header: RpmHeader): Result<FoundPackage | null, string> {
  const { name, version, release } = header
  if (name === 'gpg-pubkey') return ok(null)
  if (!isName(name)) return err(`${quoted(name)} is not a package name`)
  if (!isToken(version) || !isToken(release) || release.includes('-')) return err(`${name}: no readable version`)
  const arch = said(header.arch)
  if (arch !== null && !/^[A-Za-z0-9_]{1,64}$/.test(arch)) return err(`${name}: unreadable architecture`)
  const full = `${version}-${release}`
  const source = sourceOf(said(header.sourceRpm), name, full)
  if (source === 'unreadable') return err(`${name}: unreadable name of its source package`)
  const vendor = said(header.vendor)
  const module = moduleOf(said(header.modularityLabel))
  return ok({
    type: 'rpm',
    name,
    version: header.epoch === null || header.epoch === 0 ? full : `${header.epoch}:${full}`,
    arch,
    source,
    manager: 'OS',
    ...(vendor === null ? {} : { vendor: vendor.slice(0, 200) }),
    ...(module === null ? {} : { module }),
  })
}

/** The source package where it differs; its file name carries no epoch. (matching-and-feeds §2.4) */
function sourceOf(fileName: string | null, name: string, version: string): FoundPackage['source'] | 'unreadable' {
  if (fileName === null) return null
  const [, sourceName = '', sourceVersion = ''] = /^([^/]+)-([^-/]+-[^-/]+)\.(?:no)?src\.rpm$/.exec(fileName) ?? []
  if (!isName(sourceName) || !isToken(sourceVersion)) return 'unreadable'
  return sourceName === name && sourceVersion === version ? null : { name: sourceName, version: sourceVersion }
}

/** `name:stream` of a label `name:stream:version:context:arch`. */
function moduleOf(label: string | null): string | null {
  return /^([A-Za-z0-9_.+-]{1,100}:[A-Za-z0-9_.+-]{1,100}):/.exec(label ?? '')?.[1] ?? null
}

function said(text: string | null): string | null {
  return text === null || text === '' || text === NONE ? null : text
}

function isName(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.+~^-]{0,255}$/.test(text)
}

/** Printable ASCII without blanks; whether it can be ordered is asked later. */
function isToken(text: string): boolean {
  return /^[!-~]{1,512}$/.test(text)
}
