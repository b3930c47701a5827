import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { zipOf } from './zip-of.ts'

/** One invented vulnerability of an npm package. */
export interface SmallAdvisory {
  readonly id: string
  readonly packageName: string
  readonly fixed: string
  readonly withdrawn?: boolean
}

/** Records that a feed is filled up with, so that one record more or less is a small change. */
const FILLER_COUNT = 40

/** An OSV record of these facts. (OSV schema 1.7) */
function osvRecord({ id, packageName, fixed, withdrawn }: SmallAdvisory): object {
  return {
    schema_version: '1.7.0',
    id,
    modified: '2026-01-02T00:00:00Z',
    published: '2026-01-01T00:00:00Z',
    ...(withdrawn === true ? { withdrawn: '2026-01-02T00:00:00Z' } : {}),
    summary: `invented ${id}`,
    severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
    affected: [
      {
        package: { ecosystem: 'npm', name: packageName },
        ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed }] }],
      },
    ],
  }
}

/** Writes (again) the npm part of a feed folder in the layout of the public export. Swapped in whole. */
export function writeNpmFeed(
  folder: string,
  advisories: readonly SmallAdvisory[],
  fillerCount: number = FILLER_COUNT,
): void {
  const fillers = Array.from({ length: fillerCount }, (_, at): SmallAdvisory => {
    return { id: `CVE-2000-${1000 + at}`, packageName: `filler-${at}`, fixed: '2.0.0' }
  })
  const files = [...advisories, ...fillers].map(advisory => ({
    name: `${advisory.id}.json`,
    content: JSON.stringify(osvRecord(advisory)),
  }))
  const part = join(folder, 'osv/npm')
  mkdirSync(part, { recursive: true })
  writeFileSync(join(part, 'all.zip.new'), zipOf(files))
  renameSync(join(part, 'all.zip.new'), npmFeedFile(folder))
}

export function npmFeedFile(folder: string): string {
  return join(folder, 'osv/npm/all.zip')
}

/** Advisories for the packages of `vulnerablePackages`. */
export const SMALL_ADVISORIES: readonly SmallAdvisory[] = [
  { id: 'CVE-2001-0001', packageName: 'alpha', fixed: '1.5.0' },
  { id: 'CVE-2001-0002', packageName: 'beta', fixed: '3.0.0' },
]

/** Entries of a layer with one installed npm package each. */
export function npmPackages(packages: Readonly<Record<string, string>>): { path: string; content: string }[] {
  return Object.entries(packages).map(([name, version]) => ({
    path: `app/node_modules/${name}/package.json`,
    content: JSON.stringify({ name, version }),
  }))
}
