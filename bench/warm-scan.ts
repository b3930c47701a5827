import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { openReaders } from '../src/app/open-readers.ts'
import { scanTarget } from '../src/app/scan-target.ts'
import type { InstalledPackage } from '../src/domain/inventory.ts'
import { ECOSYSTEMS } from '../src/ecosystems/index.ts'
import { fileLayerCache } from '../src/system/file-layer-cache.ts'
import { buildImage } from '../test/support/image-builder.ts'
import type { TarPart } from '../test/support/tar-builder.ts'
import { bestMatchingMs, withAdvisoriesOfMirror } from './matching.ts'

const ROUNDS = 20
const BULLSEYE = 'PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\nVERSION_ID="11"\nVERSION_CODENAME=bullseye\nID=debian\n'

/** The scan of an image whose layers are known, as `openinspector scan` does it in its process, and the matching in it. */
export async function measureWarmScan(): Promise<void> {
  await withAdvisoriesOfMirror(async (database, { packages }, home) => {
    const image = join(home, 'image')
    await writeLayout(image, packages)
    const index = database.open()
    if (index === null) throw new Error('the advisory database has no version')
    const readers = openReaders(reason => console.log(reason))
    const options = {
      readers,
      index,
      cache: fileLayerCache(join(home, 'layers')),
      ecosystems: ECOSYSTEMS,
      home,
      hostRoot: '/',
      vex: [],
      platform: null,
      progress: () => {},
      plainHttp: false,
      registryTimeoutMs: 1000,
      trustedHosts: [],
      fetchForeignLayers: false,
      runsCredentialHelpers: false,
    }
    const walls: number[] = []
    let inventory = null
    for (let round = 0; round <= ROUNDS; round += 1) {
      const startedAt = performance.now()
      const scanned = await scanTarget({ is: 'oci-layout', path: image, tag: null }, { ...options })
      walls.push(performance.now() - startedAt)
      if (!scanned.ok) throw new Error(scanned.error)
      inventory = scanned.value[0]?.inventory ?? null
    }
    if (inventory === null || inventory.packages.length < packages.length * 0.95)
      throw new Error('packages are missing')
    const [cold = 0, second = 0, ...others] = walls
    const matching = bestMatchingMs(inventory, index)
    index.close()
    readers.close()

    const [best, worst] = [Math.min(...others), Math.max(...others)]
    console.log(`${inventory.packages.length} packages; first scan, which reads the layers: ${cold.toFixed(1)} ms`)
    console.log(
      `warm scan: second ${second.toFixed(1)} ms, then best ${best.toFixed(1)}, worst ${worst.toFixed(1)} ms (target 50)`,
    )
    console.log(`matching in it: best ${matching.toFixed(1)} ms (target 10)`)
  })
}

/** An OCI layout of three layers: the distribution, and applications of two languages. */
async function writeLayout(directory: string, packages: readonly InstalledPackage[]): Promise<void> {
  const of = (type: string): readonly InstalledPackage[] => packages.filter(pkg => pkg.type === type)
  const status = of('deb').map(
    ({ name, version }) => `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`,
  )
  const image = buildImage([
    [
      { path: 'etc/os-release', content: BULLSEYE },
      { path: 'var/lib/dpkg/status', content: status.join('\n') },
    ],
    of('npm').map(({ name, version }): TarPart => ({
      path: `app/node_modules/${name}/package.json`,
      content: JSON.stringify({ name, version }),
    })),
    of('pypi').map(({ name, version }): TarPart => ({
      path: `usr/local/lib/python3.11/site-packages/${name}-${version}.dist-info/METADATA`,
      content: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    })),
  ])
  const { digest, mediaType } = image.manifest
  await mkdir(join(directory, 'blobs/sha256'), { recursive: true })
  for (const [name, bytes] of [...image.blobs, [digest, image.manifestBytes] as const]) {
    await writeFile(join(directory, 'blobs', name.replace(':', '/')), bytes)
  }
  const manifests = [{ digest, mediaType, size: image.manifestBytes.length }]
  await writeFile(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }))
  await writeFile(join(directory, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
}
