import { writeFile } from 'node:fs/promises'
import { readConfig } from '../../app/config.ts'
import { knownEcosystems } from '../../app/known-ecosystems.ts'
import { openAdvisories } from '../../app/local-advisories.ts'
import { openReaders, unprotectedInWords } from '../../app/open-readers.ts'
import { NO_ADVISORIES, sbomOf, type SbomFormat } from '../../app/sbom-export.ts'
import { layerCacheOf, parseTarget, scanTarget } from '../../app/scan-target.ts'
import { instant, type Instant } from '../../base/clock.ts'
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { plainText } from '../render/plain-text.ts'
import { productVersion } from '../version.ts'

export interface SbomOptions {
  readonly format: SbomFormat
  /** `null` is standard output. */
  readonly file: string | null
  readonly withVulnerabilities: boolean
  readonly platform: string | null
  readonly plainHttp: boolean
  readonly credentialHelpers: boolean
}

/** `openinspector sbom TARGET`: reads what `scan` reads, and writes what it holds. */
export async function sbom(targetText: string, options: SbomOptions, output: Output): Promise<ExitCode> {
  const config = readConfig(process.env, process.stderr.isTTY)
  if (!config.ok) return refuse(output, config.error, EXIT_CODES.usage)
  const target = parseTarget(targetText)
  if (!target.ok) return refuse(output, target.error, EXIT_CODES.usage)
  const createdAt = timeOfCreation(process.env['SOURCE_DATE_EPOCH'])
  if (createdAt === null) {
    return refuse(output, 'SOURCE_DATE_EPOCH is a number of seconds since 1970.', EXIT_CODES.usage)
  }
  const ecosystems = knownEcosystems(config.value)
  if (!ecosystems.ok) return refuse(output, ecosystems.error, EXIT_CODES.usage)

  const readers = openReaders(reason => output.note(`Note: ${plainText(unprotectedInWords(reason))}`))
  readers.warmUp()
  const advisories = options.withVulnerabilities ? await openAdvisories(config.value.home) : null
  try {
    const scanned = await scanTarget(target.value, {
      readers,
      index: advisories?.index ?? NO_ADVISORIES,
      cache: layerCacheOf(config.value.home),
      ecosystems: ecosystems.value,
      home: config.value.home,
      hostRoot: config.value.hostRoot,
      vex: [],
      platform: options.platform,
      plainHttp: options.plainHttp,
      registryTimeoutMs: config.value.registryTimeoutMs,
      trustedHosts: config.value.trustedHosts,
      fetchForeignLayers: config.value.fetchForeignLayers,
      runsCredentialHelpers: options.credentialHelpers,
      progress: line => output.progress(line),
    })
    output.endProgress()
    if (!scanned.ok) return refuse(output, scanned.error, EXIT_CODES.failed)
    const [thing, ...others] = scanned.value
    if (thing === undefined) return refuse(output, 'There is nothing to describe.', EXIT_CODES.failed)
    if (others.length > 0) {
      const platforms = scanned.value.flatMap(({ platform }) => platform ?? [])
      const advice = platforms.length === 0 ? '.' : `: choose an image with --platform, of ${platforms.join(', ')}.`
      const told = `An SBOM is about one thing, and ${targetText} holds ${scanned.value.length}${advice}`
      return refuse(output, told, EXIT_CODES.usage)
    }
    const text = sbomOf(target.value, targetText, thing, {
      format: options.format,
      withVulnerabilities: options.withVulnerabilities,
      createdAt,
      productVersion: productVersion(),
    })
    if (options.file === null) output.print(text.trimEnd())
    else await writeFile(options.file, text)
    for (const { path, reason, detail } of thing.inventory.problems.slice(0, 10)) {
      output.note(`  not read: ${plainText(`${path}: ${reason}, ${detail}`)}`)
    }
    return EXIT_CODES.done
  } finally {
    readers.close()
    advisories?.close()
  }
}

/** Now, or what a reproducible build sets. (reproducible-builds.org, SOURCE_DATE_EPOCH) */
function timeOfCreation(epoch: string | undefined): Instant | null {
  if (epoch === undefined || epoch === '') return instant(Date.now())
  return /^[0-9]{1,11}$/.test(epoch) ? instant(Number(epoch) * 1000) : null
}

function refuse(output: Output, error: string, code: ExitCode): ExitCode {
  output.endProgress()
  output.note(plainText(error))
  return code
}
