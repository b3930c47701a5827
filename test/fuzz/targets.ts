import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parseInstant } from '../../src/base/clock.ts'
import { parseCvss } from '../../src/domain/cvss.ts'
import { parsePurl } from '../../src/domain/purl.ts'
import type { Version } from '../../src/domain/version.ts'
import type { Ecosystem } from '../../src/ecosystems/ecosystem.ts'
import { ECOSYSTEMS } from '../../src/ecosystems/index.ts'
import { parseImageReference } from '../../src/inventory/image-reference.ts'
import { agentTargets } from './agent-targets.ts'
import { answerTargets } from './answer-targets.ts'
import { expectConstant } from './constants.ts'
import { contentTargets } from './content-targets.ts'
import { diskTargets } from './disk-targets.ts'
import { feedTargets } from './feed-targets.ts'
import { imageTargets } from './image-targets.ts'
import { layerTargets } from './layer-targets.ts'
import { networkTargets } from './network-targets.ts'
import { sbomTargets } from './sbom-targets.ts'
import { FILE_SEEDS } from './seeds.ts'
import type { FuzzTarget } from './target.ts'
import { vexTargets } from './vex-targets.ts'
import { xfsLogTargets } from './xfs-log-targets.ts'
import { xfsTargets } from './xfs-targets.ts'

const ECOSYSTEMS_FOLDER = join(import.meta.dirname, '../../src/ecosystems')
/** Larger seeds leave less to find per second. */
const MOST_SEED_BYTES = 256 * 1024

/** Every reader of bytes or text from outside, by name. */
export async function fuzzTargets(): Promise<readonly FuzzTarget[]> {
  const ofEcosystems = await Promise.all(ECOSYSTEMS.map(ecosystemTargets))
  return [
    ...ofEcosystems.flat(),
    ...textTargets(),
    ...feedTargets(),
    ...contentTargets(),
    ...networkTargets(),
    ...sbomTargets(),
    ...vexTargets(),
    ...imageTargets(),
    ...answerTargets(),
    ...layerTargets(),
    ...agentTargets(),
    ...(await xfsTargets()),
    ...(await xfsLogTargets()),
    ...(await diskTargets()),
  ]
}

async function ecosystemTargets(ecosystem: Ecosystem): Promise<readonly FuzzTarget[]> {
  const samples = await samplesOf(ecosystem.purlType)
  const seeds = [...samples, ...(FILE_SEEDS[ecosystem.purlType] ?? []).map(bytesOf)]
  if (seeds.length === 0) throw new Error(`no file is known that ${ecosystem.purlType} reads`)
  return [
    ...ecosystem.analyzers.map(analyzer => ({
      name: `analyzer ${analyzer.id}`,
      seeds,
      run(input: Uint8Array): void {
        const analysis = analyzer.analyze({ path: 'app/file', bytes: input })
        if (!analysis.ok) return expectConstant(analysis.error.reason)
        for (const problem of analysis.value.problems) expectConstant(problem.reason)
        for (const pkg of analysis.value.packages) {
          if (pkg.name === '' || pkg.version === '') throw new Error('a package without name or version')
          // Whatever is read is matched: neither a name nor a version may break the matcher.
          ecosystem.scheme.parse(pkg.version)
          ecosystem.canonicalName(pkg.name)
          ecosystem.versionParts(pkg.version)
        }
      },
    })),
    {
      name: `version ${ecosystem.purlType}`,
      seeds: VERSIONS.map(bytesOf),
      run(input: Uint8Array): void {
        const texts = textOf(input).split('\n', 20)
        const versions = texts.flatMap((text): Version[] => {
          const parsed = ecosystem.scheme.parse(text)
          if (parsed.ok) return [parsed.value]
          if (parsed.error.reason === '') throw new Error('an unreadable version without a reason')
          return []
        })
        for (const a of versions) {
          for (const b of versions) {
            const [there, back] = [ecosystem.scheme.compare(a, b), ecosystem.scheme.compare(b, a)]
            if (!(Math.sign(there) === -Math.sign(back))) throw new Error(`no order between ${a.text} and ${b.text}`)
          }
        }
      },
    },
  ]
}

function textTargets(): readonly FuzzTarget[] {
  return [...WORDS].map(([name, seeds]) => ({
    name,
    seeds: seeds.map(bytesOf),
    run: input => {
      READERS.get(name)?.(textOf(input))
    },
  }))
}

const READERS: ReadonlyMap<string, (text: string) => unknown> = new Map<string, (text: string) => unknown>([
  ['package URL', parsePurl],
  ['CVSS vector', parseCvss],
  ['time', parseInstant],
  ['image reference', parseImageReference],
])

const WORDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['package URL', ['pkg:deb/debian/attr@1:2.4.47-2%2Bb1?arch=amd64&distro=debian-12', 'pkg:npm/%40scope/name@1.0.0#sub/path']],
  ['CVSS vector', ['AV:N/AC:L/Au:N/C:P/I:P/A:P', 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H/E:P', 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N']],
  ['time', ['2026-11-23T10:00:00.123Z', '2026-11-23', 'Mon, 23 Nov 2026 10:00:00 GMT']],
  ['image reference', ['localhost:5000/team/app:1.2@sha256:' + 'a'.repeat(64), 'oci:dir:tag', 'alpine']],
]) // prettier-ignore

const VERSIONS = [
  '1:2.4.47-2+b1\n1.0~rc1-1+deb12u1\n0', '1.0^git1-3.el9_2.5\n3:9.module+el8.4.0+1', '1.2.3-rc.1+build\n1.0.0-alpha.beta', '1!2.0.post1.dev3+local.1\n2.0rc1',
  '1.0-SNAPSHOT\n1.0.0.Final\n1-ga-1', 'v1.2.4-0.20240101000000-0123456789ab\ngo1.22rc1\nv2.0.0+incompatible', '1.2_alpha1_p2-r3\n6.6.2p1', 'dev-main\n1.0.x-dev\n1.0pl1',
] // prettier-ignore

async function samplesOf(type: string): Promise<readonly Uint8Array[]> {
  const folder = join(ECOSYSTEMS_FOLDER, type, 'testdata')
  const names = await readdir(folder).catch(() => [])
  const samples: Uint8Array[] = []
  for (const name of names.filter(one => one !== 'SOURCES.md' && !one.endsWith('-generated.txt')).sort()) {
    const bytes = await readFile(join(folder, name))
    const content = name.endsWith('.gz') ? gunzipSync(bytes) : bytes
    samples.push(new Uint8Array(content.subarray(0, MOST_SEED_BYTES)))
  }
  return samples
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
