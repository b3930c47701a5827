/**
 * Makes data/starter-advisories/*.json from selection.json and a mirror of public feeds:
 *
 *   node scripts/make-starter-advisories.ts <folder with osv/, nvd/, vulnrichment/>
 *
 * Only facts are taken: ids, package names, bounds, vectors. Summaries are those of selection.json, our own words. A
 * vulnerability without a bound in the mirror is left out and named; nothing is filled in.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { dpkgScheme } from '../src/ecosystems/deb/version.ts'
import { zipTexts } from '../src/feeds/zip.ts'

const AS_OF = '2026-11-23T00:00:00Z'
const OUT = join(import.meta.dirname, '../data/starter-advisories')

interface Range {
  type: string
  events: Record<string, string>[]
}
interface Affected {
  package?: { ecosystem: string; name: string }
  ranges?: Range[]
}
interface Osv {
  id: string
  withdrawn?: string
  published?: string
  aliases?: string[]
  upstream?: string[]
  severity?: { type: string; score: string }[]
  affected?: Affected[]
}

const mirror = process.argv[2]
if (mirror === undefined) throw new Error('name the folder of the mirror')
const selection = JSON.parse(readFileSync(join(OUT, 'selection.json'), 'utf8')) as Record<string, [string, string?]>

/** Files, the ecosystems whose entries go into each, and the records whose bounds are taken. */
const FILES = [
  { file: 'deb.json', ecosystem: 'Debian', from: /^(DSA|DLA)-/ },
  { file: 'deb.json', ecosystem: 'Ubuntu', from: /^UBUNTU-CVE-/ },
  { file: 'npm.json', ecosystem: 'npm', from: /^(GHSA|NSWG-ECO|RETIREJS)-/ },
  { file: 'pypi.json', ecosystem: 'PyPI', from: /^(PYSEC|GHSA)-/ },
  { file: 'maven.json', ecosystem: 'Maven', from: /^GHSA-/ },
  { file: 'go.json', ecosystem: 'Go', from: /^GO-/ },
]

const found = new Map<string, { file: string; ecosystem: string; record: Osv }[]>()
for (const { file, ecosystem, from } of FILES) {
  for await (const entry of zipTexts(readFileSync(join(mirror, 'osv', ecosystem, 'all.zip')))) {
    if (!('text' in entry.content)) continue
    const record = JSON.parse(entry.content.text) as Osv
    if (record.withdrawn !== undefined || !from.test(record.id)) continue
    const ids = [record.id, ...(record.aliases ?? []), ...(record.upstream ?? [])]
    for (const cve of new Set(ids.map(id => id.replace(/^(UBUNTU|DEBIAN)-/, '')))) {
      if (selection[cve] !== undefined) found.set(cve, [...(found.get(cve) ?? []), { file, ecosystem, record }])
    }
  }
}

/** A real mark of the range's limits: two bounds, or one that is fixed or last affected. */
const isBounded = (range: Range): boolean => range.events.some(event => 'fixed' in event || 'last_affected' in event)

function affectedOf(sources: { ecosystem: string; record: Osv }[]): Affected[] {
  const entries = new Map<string, Affected>()
  const giver = new Map<string, string>()
  for (const { ecosystem, record } of sources) {
    // The home database of an ecosystem stands before a second one: the first record of a package wins, by source.
    for (const entry of record.affected ?? []) {
      const name = entry.package
      if (name === undefined || name.ecosystem.split(':')[0] !== ecosystem) continue
      if (name.ecosystem.includes(':Pro:') || name.ecosystem.includes('FIPS')) continue
      const ranges = (entry.ranges ?? []).filter(range => range.type !== 'GIT' && isBounded(range))
      if (ranges.length === 0) continue
      const key = `${name.ecosystem} ${name.name}`
      const known = entries.get(key)
      if (known === undefined) {
        const plain = ranges.map(({ type, events }) => ({ type, events }))
        entries.set(key, { package: { ecosystem: name.ecosystem, name: name.name }, ranges: plain })
        giver.set(key, record.id)
      } else if (giver.get(key) === record.id) {
        // One record may give each branch of a package an entry of its own.
        known.ranges?.push(...ranges.map(({ type, events }) => ({ type, events })))
      } else if (ecosystem === 'Debian') laterFix(known, ranges)
    }
  }
  return [...entries.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

/** A later advisory for the same flaw means that the first fix was incomplete: the highest bound counts. */
function laterFix(known: Affected, ranges: Range[]): void {
  const fixedOf = (range: Range | undefined): string => range?.events.find(event => 'fixed' in event)?.['fixed'] ?? ''
  const [a, b] = [dpkgScheme.parse(fixedOf(known.ranges?.[0])), dpkgScheme.parse(fixedOf(ranges[0]))]
  if (a.ok && b.ok && dpkgScheme.compare(b.value, a.value) > 0) {
    known.ranges = ranges.map(({ type, events }) => ({ type, events }))
  }
}

function keyOf(entry: Affected): string {
  return `${entry.package?.ecosystem} ${entry.package?.name}`
}

const vectors = await readVectors()
const files = new Map<string, unknown[]>(FILES.map(({ file }) => [file, []]))
const origins: string[] = []
for (const cve of Object.keys(selection).sort()) {
  const [summary, ownVector] = selection[cve]!
  const sources = found.get(cve) ?? []
  const affected = affectedOf(sources)
  if (affected.length === 0) {
    console.log('left out, no bound in the mirror:', cve)
    continue
  }
  const reported = sources.flatMap(({ record }) => (record.severity ?? []).filter(one => one.type === 'CVSS_V3'))
  const vector = vectors.get(cve) ?? reported[0]?.score ?? ownVector
  const ids = [...new Set(sources.map(({ record }) => record.id))]
  const published = sources
    .map(({ record }) => record.published)
    .filter(one => one !== undefined)
    .sort()[0]
  const ghsa = [...new Set(sources.flatMap(({ record }) => [record.id, ...(record.aliases ?? [])]))]
    .filter(id => id.startsWith('GHSA-'))
    .sort()
  const named = new Set(affected.map(entry => entry.package?.ecosystem.split(':')[0]))
  const references = [
    { type: 'ADVISORY', url: `https://nvd.nist.gov/vuln/detail/${cve}` },
    ...(named.has('Debian') ? [{ type: 'ADVISORY', url: `https://security-tracker.debian.org/tracker/${cve}` }] : []),
    ...(named.has('Ubuntu') ? [{ type: 'ADVISORY', url: `https://ubuntu.com/security/${cve}` }] : []),
    ...ghsa.map(id => ({ type: 'ADVISORY', url: `https://github.com/advisories/${id}` })),
  ]
  files.get(sources[0]!.file)!.push({
    schema_version: '1.7.0',
    id: cve,
    modified: AS_OF,
    ...(published === undefined ? {} : { published }),
    ...(ghsa.length === 0 ? {} : { aliases: ghsa }),
    summary,
    ...(vector === undefined ? {} : { severity: [{ type: 'CVSS_V3', score: vector }] }),
    affected,
    references,
  })
  const ownNote =
    vector !== undefined && vector === ownVector && !vectors.has(cve) ? '; vector as published by NVD' : ''
  origins.push(`- ${cve}: ${ids.join(', ')}${ownNote}`)
}

let total = 0
for (const [file, records] of files) {
  writeFileSync(join(OUT, file), `${JSON.stringify({ asOf: AS_OF, records }, null, 1)}\n`)
  total += records.length
  console.log(file, records.length)
}
console.log('records', total)
const head = readFileSync(join(OUT, 'SOURCES.md'), 'utf8').split('## Bounds')[0]!
writeFileSync(join(OUT, 'SOURCES.md'), `${head}## Bounds by vulnerability\n\n${origins.join('\n')}\n`)

/** CVSS 3 base vectors: NVD's own, then those of the CVE record. */
async function readVectors(): Promise<Map<string, string>> {
  const vectors = new Map<string, string>()
  const nvd = join(mirror!, 'nvd/feeds/json/cve/2.0')
  for (const name of readdirSync(nvd).filter(name => name.endsWith('.json.gz'))) {
    const { vulnerabilities } = JSON.parse(gunzipSync(readFileSync(join(nvd, name))).toString()) as {
      vulnerabilities: {
        cve: { id: string; metrics?: Record<string, { type?: string; cvssData: { vectorString: string } }[]> }
      }[]
    }
    for (const { cve } of vulnerabilities) {
      const metrics = cve.metrics?.['cvssMetricV31'] ?? cve.metrics?.['cvssMetricV30'] ?? []
      const metric = metrics.find(one => one.type === 'Primary') ?? metrics[0]
      if (metric !== undefined && selection[cve.id] !== undefined) vectors.set(cve.id, metric.cvssData.vectorString)
    }
  }
  for await (const entry of zipTexts(readFileSync(join(mirror!, 'vulnrichment/vulnrichment-subset.zip')))) {
    if (!('text' in entry.content)) continue
    type Container = { metrics?: Record<string, { vectorString?: string }>[] }
    const record = JSON.parse(entry.content.text) as {
      cveMetadata: { cveId: string }
      containers: { cna?: Container; adp?: Container[] }
    }
    const id = record.cveMetadata.cveId
    if (selection[id] === undefined || vectors.has(id)) continue
    for (const container of [record.containers.cna, ...(record.containers.adp ?? [])]) {
      for (const metric of container?.metrics ?? []) {
        const vector = metric['cvssV3_1']?.vectorString ?? metric['cvssV3_0']?.vectorString
        if (vector !== undefined && !vectors.has(id)) vectors.set(id, vector)
      }
    }
  }
  return vectors
}
