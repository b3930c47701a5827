import type { Feed } from '../feed.ts'
import type { RpmEcosystem } from '../oval-affected.ts'
import { loadOvalPart } from '../oval-part.ts'
import { ORACLE_OVAL_FEED, oracleAdvisories } from './parse.ts'

/** Oracle's definitions, one file for each release. (matching-and-feeds §1.1) */
export const ORACLE_OVAL_UPSTREAM = 'https://linux.oracle.com/security/oval'

/**
 * Releases with a file of their own; `com.oracle.elsa-all.xml.bz2` holds the same definitions of all of them. One release
 * is read at a time because all together take a gigabyte of memory. (names as the index lists them, 2026)
 */
const RELEASES = ['6', '7', '8', '9', '10'] as const

/** Raise when the same file would now yield other advisories: unchanged files are then parsed anew. */
const PARSER_REVISION = 1

/** Oracle's own word on its rpm packages: fixes only. */
export function oracleOvalFeed(ecosystem: RpmEcosystem): Feed {
  return {
    id: ORACLE_OVAL_FEED,
    title: 'Oracle Linux security notices (ELSA), as OVAL definitions',
    licence: 'Oracle terms of use',
    parts: RELEASES,
    // A mirror need not hold every release, or only the file of all.
    mayLackParts: true,
    load: (files, part, validator) =>
      loadOvalPart(
        files,
        {
          part,
          paths: [`com.oracle.elsa-ol${part}.xml.bz2`, 'com.oracle.elsa-all.xml.bz2'],
          revision: PARSER_REVISION,
        },
        validator,
        (document, skips) => oracleAdvisories(document, part, ecosystem, skips),
      ),
  }
}
