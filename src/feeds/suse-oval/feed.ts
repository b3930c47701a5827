import type { Feed } from '../feed.ts'
import type { RpmEcosystem } from '../oval-affected.ts'
import { loadOvalPart } from '../oval-part.ts'
import { SUSE_OVAL_FEED, suseAdvisories } from './parse.ts'

/** SUSE's definitions. (matching-and-feeds §1.1) */
export const SUSE_OVAL_UPSTREAM = 'https://ftp.suse.com/pub/projects/security/oval'

interface Release {
  /** As os-release spells it. */
  readonly distro: 'sles' | 'opensuse-leap'
  readonly versionId: string
  /** What its files are called. (index of the folder, 2022 to 2026) */
  readonly file: string
}

/**
 * Releases with files of their own. The first of 12 and 15, without a service pack, have none: their files hold those of
 * all service packs, and both are long out of support.
 */
const RELEASES: Readonly<Record<string, Release>> = {
  '12.3': { distro: 'sles', versionId: '12.3', file: 'suse.linux.enterprise.12-sp3' },
  '12.4': { distro: 'sles', versionId: '12.4', file: 'suse.linux.enterprise.12-sp4' },
  '12.5': { distro: 'sles', versionId: '12.5', file: 'suse.linux.enterprise.12-sp5' },
  '15.1': { distro: 'sles', versionId: '15.1', file: 'suse.linux.enterprise.15-sp1' },
  '15.2': { distro: 'sles', versionId: '15.2', file: 'suse.linux.enterprise.15-sp2' },
  '15.3': { distro: 'sles', versionId: '15.3', file: 'suse.linux.enterprise.15-sp3' },
  '15.4': { distro: 'sles', versionId: '15.4', file: 'suse.linux.enterprise.15-sp4' },
  '15.5': { distro: 'sles', versionId: '15.5', file: 'suse.linux.enterprise.15-sp5' },
  '15.6': { distro: 'sles', versionId: '15.6', file: 'suse.linux.enterprise.15-sp6' },
  '15.7': { distro: 'sles', versionId: '15.7', file: 'suse.linux.enterprise.15-sp7' },
  '16.0': { distro: 'sles', versionId: '16.0', file: 'suse.linux.enterprise.16.0' },
  'leap-15.3': { distro: 'opensuse-leap', versionId: '15.3', file: 'opensuse.leap.15.3' },
  'leap-15.4': { distro: 'opensuse-leap', versionId: '15.4', file: 'opensuse.leap.15.4' },
  'leap-15.5': { distro: 'opensuse-leap', versionId: '15.5', file: 'opensuse.leap.15.5' },
  'leap-15.6': { distro: 'opensuse-leap', versionId: '15.6', file: 'opensuse.leap.15.6' },
  'leap-16.0': { distro: 'opensuse-leap', versionId: '16.0', file: 'opensuse.leap.16.0' },
}

/** Raise when the same file would now yield other advisories: unchanged files are then parsed anew. */
const PARSER_REVISION = 1

/**
 * SUSE's own word on its rpm packages, flaw by flaw: fixed, affected without a fix, not affected. OVAL rather than CSAF
 * because one file says all of a release, and with it which product a fix is for; CSAF has one of 100,000 for each flaw.
 */
export function suseOvalFeed(ecosystem: RpmEcosystem): Feed {
  return {
    id: SUSE_OVAL_FEED,
    title: 'SUSE Linux Enterprise and openSUSE Leap: state of every flaw, as OVAL definitions',
    licence: 'CC-BY-4.0',
    parts: Object.keys(RELEASES),
    // A mirror need not hold every release; the oldest may leave the source one day.
    mayLackParts: true,
    load: (files, part, validator) => {
      const { distro, versionId, file } = RELEASES[part] ?? { distro: 'sles', versionId: part, file: part }
      const release = { id: distro, versionId, codename: null, prettyName: null }
      return loadOvalPart(
        files,
        // The first also names what has no fix yet; the second was all that Leap had for years.
        { part, paths: [`${file}-affected.xml.gz`, `${file}.xml.gz`], revision: PARSER_REVISION },
        validator,
        (document, skips) => suseAdvisories(document, release, ecosystem, skips),
      )
    },
  }
}
