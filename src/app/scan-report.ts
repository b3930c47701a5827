import { detectionShape } from '../api/operations/findings/finding-shape.ts'
import { formatInstant } from '../base/clock.ts'
import type { KnownExploited } from '../domain/signal.ts'
import type { LocalAdvisories } from './local-advisories.ts'
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
    results: things.map(({ platform, digest, referrers, disk, inventory, assessment }) => ({
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
        ...detectionShape(detection),
        disputed: detection.isDisputed,
        knownExploited: knownExploited(detection.kev),
        evidence: detection.vulnerablePackages.map(pkg => ({
          package: pkg.name,
          foundIn: pkg.foundIn,
          advisories: pkg.evidence,
        })),
      })),
    })),
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
