import { packageShape } from '../api/operations/findings/finding-shape.ts'
import { formatInstant } from '../base/clock.ts'
import type { KnownExploited } from '../domain/signal.ts'
import type { LocalAdvisories } from './local-advisories.ts'
import type { SuppressedDetection } from '../scanning/excuse-by-vex.ts'
import type { ScannedThing } from './scan-target.ts'

/**
 * What `scan --format json` prints. Findings have the members of the API's `Finding`, without those of a lasting record,
 * and with the evidence of each match. The shape is described in docs/reference/scan-report.md; a change of meaning
 * raises `schemaVersion`.
 */
export function scanReport(target: string, things: readonly ScannedThing[], advisories: LocalAdvisories) {
  return {
    schemaVersion: 1,
    target,
    scannedAt: new Date().toISOString(),
    advisories: { version: advisories.index.version, description: advisories.inWords, starter: advisories.isStarter },
    results: things.map(({ platform, digest, referrers, disk, inventory, assessment, suppressed }) => ({
      platform,
      digest,
      referrers,
      ...(disk === undefined ? {} : { disk: diskShape(disk) }),
      distro: inventory.distro,
      packageCount: inventory.packages.length,
      status: assessment.reason,
      detail: assessment.detail,
      problems: inventory.problems,
      undetermined: assessment.report.undetermined.map(entry => ({
        package: entry.package.name,
        version: entry.package.version,
        filePath: entry.package.filePath,
        advisory: entry.advisoryId,
        reason: entry.reason,
      })),
      findings: assessment.detections.map(detection => ({
        ...packageShape(detection),
        disputed: detection.isDisputed,
        knownExploited: knownExploited(detection.kev),
        evidence: detection.vulnerablePackages.map(pkg => ({
          package: pkg.name,
          foundIn: pkg.foundIn,
          advisories: pkg.evidence,
        })),
      })),
      suppressed: suppressed.map(suppressedShape),
    })),
  }
}

/** A finding that a VEX statement suppresses, with who said so and where. */
function suppressedShape({ detection, by: { document, statement } }: SuppressedDetection) {
  return {
    vulnerabilityId: detection.vulnerabilityId,
    severity: detection.severity,
    packages: detection.vulnerablePackages.map(({ name, version, release, epoch, arch, foundIn, evidence }) => ({
      name,
      version,
      release: release ?? undefined,
      epoch,
      arch: arch ?? undefined,
      foundIn,
      advisories: evidence,
    })),
    document: { id: document.id, format: document.format, version: document.version, author: document.author },
    statement: {
      vulnerabilityIds: statement.vulnerabilityIds,
      status: statement.status,
      justification: statement.justification,
      impact: statement.impact,
      timestamp: statement.timestamp === null ? null : formatInstant(statement.timestamp),
    },
  }
}

function diskShape({ tree, read }: NonNullable<ScannedThing['disk']>) {
  const { scheme, volumes, notes, usage } = read
  return {
    root: tree.root,
    mounts: tree.mounts.map(({ path, volume }) => ({ path: `/${path}`, volume })),
    partitionTable: scheme,
    volumes,
    notes,
    blockBytes: usage.blockBytes,
    blocksRead: usage.blocksRead,
    blocksTotal: usage.blocksTotal,
  }
}

/** CISA's words, with days as the catalog writes them. */
function knownExploited(kev: KnownExploited | null) {
  if (kev === null) return null
  return {
    dateAdded: formatInstant(kev.dateAdded).slice(0, 10),
    dueDate: kev.dateDue === null ? null : formatInstant(kev.dateDue).slice(0, 10),
    requiredAction: kev.action,
    ransomware: kev.isUsedByRansomware,
  }
}
