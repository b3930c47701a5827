import { resolve } from 'node:path'
import { readConfig } from '../../app/config.ts'
import { knownEcosystems } from '../../app/known-ecosystems.ts'
import { openAdvisories, type LocalAdvisories } from '../../app/local-advisories.ts'
import { openReaders, unprotectedInWords } from '../../app/open-readers.ts'
import { scanReport } from '../../app/scan-report.ts'
import { readVexFiles } from '../../app/vex-files.ts'
import { layerCacheOf, parseTarget, scanTarget, type ScannedThing } from '../../app/scan-target.ts'
import type { PackageDetection, VulnerablePackage } from '../../domain/finding.ts'
import { SEVERITIES, SEVERITY_RANK, type Severity } from '../../domain/severity.ts'
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { paintSeverity } from '../render/colour.ts'
import { plainText } from '../render/plain-text.ts'
import { renderTable, type Column } from '../render/table.ts'

export interface ScanOptions {
  readonly format: 'table' | 'json'
  readonly failOn: Severity | null
  readonly platform: string | null
  /** Files of VEX documents. */
  readonly vex: readonly string[]
  readonly plainHttp: boolean
  readonly credentialHelpers: boolean
}

/** `openinspector scan TARGET`: no server, no network but the image's own registry. */
export async function scan(targetText: string, options: ScanOptions, output: Output): Promise<ExitCode> {
  const config = readConfig(process.env, process.stderr.isTTY)
  if (!config.ok) return refuse(output, config.error, EXIT_CODES.usage)
  const target = parseTarget(targetText)
  if (!target.ok) return refuse(output, target.error, EXIT_CODES.usage)
  const readers = openReaders(reason => output.note(`Note: ${plainText(unprotectedInWords(reason))}`))
  // A first one starts while the advisories are opened.
  readers.warmUp()
  let advisories: LocalAdvisories | null = null
  try {
    const vex = await readVexFiles(options.vex, readers.readVex)
    if (!vex.ok) return refuse(output, vex.error, EXIT_CODES.usage)
    const ecosystems = knownEcosystems(config.value)
    if (!ecosystems.ok) return refuse(output, ecosystems.error, EXIT_CODES.usage)
    advisories = await openAdvisories(config.value.home)
    const scanned = await scanTarget(target.value, {
      readers,
      index: advisories.index,
      cache: layerCacheOf(config.value.home),
      ecosystems: ecosystems.value,
      home: config.value.home,
      hostRoot: config.value.hostRoot,
      platform: options.platform,
      vex: vex.value,
      plainHttp: options.plainHttp,
      registryTimeoutMs: config.value.registryTimeoutMs,
      trustedHosts: config.value.trustedHosts,
      fetchForeignLayers: config.value.fetchForeignLayers,
      runsCredentialHelpers: options.credentialHelpers,
      progress: line => output.progress(line),
    })
    output.endProgress()
    if (!scanned.ok) return refuse(output, scanned.error, EXIT_CODES.failed)
    if (options.format === 'json') {
      output.print(JSON.stringify(scanReport(targetText, scanned.value, advisories), null, 2))
    } else {
      printTables(scanned.value, output)
      printNotes(scanned.value, advisories, output)
      printVexNotes(vex.value, output)
    }
    return exitCodeOf(scanned.value, options.failOn)
  } finally {
    readers.close()
    advisories?.close()
  }
}

function refuse(output: Output, error: string, code: ExitCode): ExitCode {
  output.endProgress()
  output.note(plainText(error))
  return code
}

/** A reached threshold wins over gaps: both fail a pipeline, and the finding is the more useful news. */
export function exitCodeOf(things: readonly ScannedThing[], failOn: Severity | null): ExitCode {
  const detections = things.flatMap(thing => thing.assessment.detections)
  if (failOn !== null && detections.some(detection => reaches(detection.severity, failOn))) return EXIT_CODES.threshold
  return things.some(thing => thing.assessment.reason !== 'SUCCESSFUL') ? EXIT_CODES.incomplete : EXIT_CODES.done
}

/** An unscored vulnerability reaches LOW and below: it is known to be there, not known to be worse. */
function reaches(severity: Severity, threshold: Severity): boolean {
  return SEVERITY_RANK[severity] >= SEVERITY_RANK[threshold]
}

interface Row {
  readonly detection: PackageDetection
  /** `null` for what concerns the whole system: the end of its platform. */
  readonly pkg: VulnerablePackage | null
}

function printTables(things: readonly ScannedThing[], output: Output): void {
  for (const thing of things) {
    const name = [thing.platform, diskInWords(thing), thing.inventory.distro?.prettyName].filter(
      part => part !== null && part !== undefined,
    )
    if (things.length > 1 || name.length > 0) output.print(plainText(name.join(', ')))
    const rows = thing.assessment.detections.flatMap(rowsOf).sort(worstFirst)
    if (rows.length > 0) {
      const lines = renderTable(
        rows,
        [
          {
            title: 'Severity',
            text: row => row.detection.severity,
            minWidth: 8,
            paint: (row, cell) => paintSeverity(row.detection.severity, cell),
          },
          { title: 'Score', text: row => row.detection.score?.score.toFixed(1) ?? '-', minWidth: 5 },
          ...signalColumns(rows),
          { title: 'Vulnerability', text: row => row.detection.vulnerabilityId, minWidth: 16 },
          { title: 'Package', text: row => row.pkg?.name ?? row.detection.title, minWidth: 10 },
          { title: 'Installed', text: row => (row.pkg === null ? '-' : installed(row.pkg)), minWidth: 10 },
          { title: 'Fixed in', text: row => row.pkg?.fixedInVersion ?? 'none available', minWidth: 10 },
          { title: 'Where', text: row => row.pkg?.filePath ?? '', minWidth: 10 },
        ],
        output.table,
      )
      for (const line of lines) output.print(line)
    }
    output.print(summary(thing))
    output.print('')
    printSuppressed(thing, output)
  }
}

/** What VEX documents excuse: it counts for no threshold, and stays to be seen. */
function printSuppressed({ suppressed }: ScannedThing, output: Output): void {
  if (suppressed.length === 0) return
  output.print('Suppressed by VEX:')
  const rows = suppressed.flatMap(({ detection, by }) => rowsOf(detection).map(({ pkg }) => ({ detection, pkg, by })))
  const lines = renderTable(
    rows.sort(worstFirst),
    [
      { title: 'Severity', text: row => row.detection.severity, minWidth: 8 },
      { title: 'Vulnerability', text: row => row.detection.vulnerabilityId, minWidth: 16 },
      { title: 'Package', text: row => row.pkg?.name ?? '', minWidth: 10 },
      { title: 'Installed', text: row => (row.pkg === null ? '-' : installed(row.pkg)), minWidth: 10 },
      { title: 'Status', text: row => row.by.statement.status, minWidth: 12 },
      { title: 'Why', text: row => row.by.statement.justification ?? row.by.statement.impact ?? '', minWidth: 12 },
      { title: 'Says', text: row => row.by.document.author ?? row.by.document.id, minWidth: 10 },
    ],
    output.table,
  )
  for (const line of lines) output.print(line)
  output.print('')
}

function printVexNotes(
  documents: readonly { readonly id: string; readonly problems: readonly string[] }[],
  output: Output,
): void {
  for (const { id, problems } of documents) {
    for (const problem of problems) output.note(`Note: VEX ${plainText(`${id}: ${problem}`)}`)
  }
}

/** `partition 2 with /var (partition 3)`; `null` for what is no disk. */
function diskInWords({ disk }: ScannedThing): string | null {
  if (disk === undefined) return null
  const mounts = disk.tree.mounts.map(({ path, volume }) => `/${path} (${volume})`)
  return mounts.length === 0 ? disk.tree.root : `${disk.tree.root} with ${mounts.join(', ')}`
}

/** Of the disk as a whole, so once for all of its trees. */
function printDiskNotes(things: readonly ScannedThing[], output: Output): void {
  const read = things.find(thing => thing.disk !== undefined)?.disk?.read
  if (read === undefined) return
  const { blocksRead, blocksTotal, blockBytes } = read.usage
  const volumes = read.volumes.map(({ name, holds }) => `${name} (${holds})`)
  output.note(`Disk: ${plainText(volumes.join(', '))}`)
  for (const note of read.notes) output.note(`Note: ${plainText(note)}`)
  const share = percentage(blocksTotal === 0 ? 0 : blocksRead / blocksTotal)
  output.note(`Read ${blocksRead} of ${blocksTotal} blocks of ${blockBytes / 1024} KiB (${share}).`)
}

function rowsOf(detection: PackageDetection): readonly Row[] {
  if (detection.vulnerablePackages.length === 0) return [{ detection, pkg: null }]
  return detection.vulnerablePackages.map(pkg => ({ detection, pkg }))
}

/** Only what is known of at least one: without EPSS or KEV in the database the columns would be empty. */
function signalColumns(rows: readonly Row[]): readonly Column<Row>[] {
  const columns: Column<Row>[] = []
  if (rows.some(({ detection }) => detection.epssScore !== null)) {
    columns.push({ title: 'EPSS', text: row => percentage(row.detection.epssScore), minWidth: 6 })
  }
  if (rows.some(({ detection }) => detection.exploit !== null)) {
    columns.push({ title: 'Exploit', text: row => exploitInWords(row.detection), minWidth: 7 })
  }
  return columns
}

function percentage(share: number | null): string {
  if (share === null) return '-'
  return share < 0.001 ? '<0.1%' : `${(share * 100).toFixed(1)}%`
}

/** `KEV`: CISA knows it to be exploited. */
function exploitInWords({ kev, exploit }: PackageDetection): string {
  if (kev !== null) return 'KEV'
  if (exploit === null) return '-'
  return exploit.isAvailable ? 'known' : 'none'
}

function installed(pkg: VulnerablePackage): string {
  const epoch = pkg.manager === 'OS' ? `${pkg.epoch}:` : ''
  return `${epoch}${pkg.version}${pkg.release === null ? '' : `-${pkg.release}`}`
}

function worstFirst(a: Row, b: Row): number {
  return (
    SEVERITY_RANK[b.detection.severity] - SEVERITY_RANK[a.detection.severity] ||
    (b.detection.score?.score ?? 0) - (a.detection.score?.score ?? 0) ||
    (b.detection.epssScore ?? 0) - (a.detection.epssScore ?? 0) ||
    (a.detection.vulnerabilityId < b.detection.vulnerabilityId ? -1 : 1)
  )
}

function summary(thing: ScannedThing): string {
  const { detections } = thing.assessment
  const size = thing.inventory.packages.length
  const packages = `${size} package${size === 1 ? '' : 's'}`
  if (detections.length === 0) return `No findings in ${packages}.`
  const counts = SEVERITIES.toSorted((a, b) => SEVERITY_RANK[b] - SEVERITY_RANK[a])
    .map(severity => ({ severity, count: detections.filter(detection => detection.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${severity}`)
  return `${detections.length} finding${detections.length === 1 ? '' : 's'} in ${packages}: ${counts.join(', ')}.`
}

/** What a person must know beside the findings: gaps, and how old the advisories are. */
function printNotes(things: readonly ScannedThing[], advisories: LocalAdvisories, output: Output): void {
  printDiskNotes(things, output)
  for (const thing of things) {
    const attached = new Set(thing.referrers?.map(({ kind }) => kind))
    if (attached.size > 0) output.note(`Attached in the registry, not read: ${plainText([...attached].join(', '))}.`)
    if (thing.assessment.detail !== null) output.note(`Note: ${plainText(thing.assessment.detail)}`)
    for (const advice of new Set(thing.assessment.detections.flatMap(({ recommendation }) => recommendation ?? []))) {
      output.note(`Note: ${plainText(advice)}`)
    }
    for (const problem of thing.inventory.problems.slice(0, 10)) {
      output.note(`  not read: ${plainText(`${problem.path}: ${problem.reason}, ${problem.detail}`)}`)
    }
  }
  output.note(`Advisories: ${advisories.inWords} (${resolve(advisories.directory)})`)
}
