import { hostname } from 'node:os'
import { basename } from 'node:path'
import type { Instant } from '../base/clock.ts'
import type { InstalledPackage } from '../domain/inventory.ts'
import { NO_SIGNALS } from '../domain/signal.ts'
import type { ImageReference } from '../inventory/image-reference.ts'
import type { AffectedPackages, SbomSubject } from '../inventory/sbom/sbom-to-write.ts'
import { type SbomFormat, writeSbom } from '../inventory/sbom/write-sbom.ts'
import type { AdvisoryIndex } from '../matching/advisory-index.ts'
import type { ScannedThing, Target } from './scan-target.ts'

export type { SbomFormat }

/** For reading a target without asking what is known about its packages. */
export const NO_ADVISORIES: AdvisoryIndex = {
  version: '',
  covers: () => 'not-at-all',
  entriesFor: () => [],
  vulnerability: () => null,
  signalsOf: () => NO_SIGNALS,
  close() {},
}

export interface SbomExportOptions {
  readonly format: SbomFormat
  /** Whether what the advisories say is listed as well. */
  readonly withVulnerabilities: boolean
  readonly createdAt: Instant
  readonly productVersion: string
}

/** The SBOM of something that was scanned; `targetText` is how its user called it. */
export function sbomOf(target: Target, targetText: string, thing: ScannedThing, options: SbomExportOptions): string {
  return writeSbom(options.format, {
    subject: subjectOf(target, targetText, thing),
    inventory: thing.inventory,
    vulnerabilities: options.withVulnerabilities ? affectedOf(thing) : [],
    createdAt: options.createdAt,
    productVersion: options.productVersion,
  })
}

function subjectOf(target: Target, targetText: string, thing: ScannedThing): SbomSubject {
  const architecture = thing.platform?.split('/')[1] ?? null
  const isImage = thing.digest !== null
  return {
    kind: isImage || (target.is === 'sbom' && thing.resourceKind === 'image') ? 'image' : kindOf(thing),
    name: nameOf(target, targetText),
    digest: thing.digest,
    architecture,
    purl: target.is === 'registry' ? ociPurl(target.reference, thing, architecture) : null,
    accountId: null,
    resourceType: isImage ? 'AWS_ECR_CONTAINER_IMAGE' : null,
  }
}

function kindOf({ resourceKind }: ScannedThing): 'host' | 'directory' {
  return resourceKind === 'host' ? 'host' : 'directory'
}

function nameOf(target: Target, targetText: string): string {
  if (target.is === 'host') return hostname()
  if (target.is !== 'sbom') return targetText
  return target.path === null ? 'standard input' : basename(target.path)
}

/** `pkg:oci/debian@sha256%3A…?arch=amd64&repository_url=docker.io%2Flibrary%2Fdebian&tag=11` (purl specification, oci) */
function ociPurl(reference: ImageReference, thing: ScannedThing, architecture: string | null): string | null {
  if (thing.digest === null) return null
  const name = reference.repository.slice(reference.repository.lastIndexOf('/') + 1).toLowerCase()
  const qualifiers = [
    ...(architecture === null ? [] : [['arch', architecture]]),
    ['repository_url', `${reference.host}/${reference.repository}`],
    ...(reference.tag === null ? [] : [['tag', reference.tag]]),
  ]
  const query = qualifiers.map(([key = '', value = '']) => `${key}=${encodeURIComponent(value)}`).join('&')
  return `pkg:oci/${encodeURIComponent(name)}@${encodeURIComponent(thing.digest)}?${query}`
}

function affectedOf(thing: ScannedThing): readonly AffectedPackages[] {
  const packages = new Map<AffectedPackages['id'], InstalledPackage[]>()
  for (const match of thing.assessment.report.matches) {
    const known = packages.get(match.vulnerabilityId)
    if (known === undefined) packages.set(match.vulnerabilityId, [match.package])
    else known.push(match.package)
  }
  return [...packages].map(([id, affected]) => ({ id, packages: affected }))
}
