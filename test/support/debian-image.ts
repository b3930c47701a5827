import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/**
 * Versions of source packages in Debian 11.0 (14 August 2021), for turning today's root into an old one. Written down from
 * knowledge of that release, not read from an archive; what the test needs of them, that they sort below the fixes of the
 * DSAs that followed, the advisories themselves confirm.
 */
const FIRST_RELEASE: Readonly<Record<string, string>> = {
  dpkg: '1.20.9',
  gnutls28: '3.7.1-5',
  gzip: '1.10-4',
  openssl: '1.1.1k-1',
  'util-linux': '2.36.1-8',
  'xz-utils': '5.2.5-2',
  zlib: '1:1.2.11.dfsg-2',
}

/** Runs a program to its end; its output is the error's text when it fails. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string | undefined>> } = {},
): string {
  const run = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options })
  if (run.status === 0) return run.stdout
  throw new Error(
    `${program} ${args.join(' ')} ended with ${run.status ?? run.error?.message}:\n${run.stderr}${run.stdout}`,
  )
}

/** A real root of a Debian release with the packages of `minbase`, by debootstrap (which needs root and a Debian mirror). */
export function debootstrap(release: string, directory: string): void {
  runProgram('debootstrap', ['--variant=minbase', release, directory])
}

/** The package database of the root as it was in 11.0, in its place for the length of `act`. */
export function withFirstReleaseVersions<T>(root: string, act: () => T): T {
  const path = join(root, 'var/lib/dpkg/status')
  const today = readFileSync(path, 'utf8')
  const old = today.split('\n\n').map(stanza => {
    const source = /^Source: (\S+)/m.exec(stanza)?.[1] ?? /^Package: (\S+)/m.exec(stanza)?.[1] ?? ''
    const version = FIRST_RELEASE[source]
    return version === undefined ? stanza : stanza.replace(/^Version: .*$/m, `Version: ${version}`)
  })
  writeFileSync(path, old.join('\n\n'))
  try {
    return act()
  } finally {
    writeFileSync(path, today)
  }
}

/** Packs a root into an OCI layout of one gzip layer, tagged `latest`; returns the manifest's digest. */
export function packOciLayout(root: string, layout: string): string {
  const blobs = join(layout, 'blobs', 'sha256')
  mkdirSync(blobs, { recursive: true })
  const archive = join(layout, 'layer.tar.gz')
  const excluded = ['./dev', './proc', './sys', './var/cache/apt/archives'].map(path => `--exclude=${path}/*`)
  runProgram('tar', ['-C', root, '--numeric-owner', '--sort=name', ...excluded, '-czf', archive, '.'])
  const layerBytes = readFileSync(archive)
  const layer = digestOf(layerBytes)
  runProgram('mv', [archive, join(blobs, layer)])

  const config = putJson(blobs, {
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [`sha256:${digestOf(gunzipSync(layerBytes))}`] },
  })
  const manifest = putJson(blobs, {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: [
      {
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        digest: `sha256:${layer}`,
        size: statSync(join(blobs, layer)).size,
      },
    ],
  })
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  writeFileSync(
    join(layout, 'index.json'),
    JSON.stringify({
      schemaVersion: 2,
      manifests: [
        {
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          ...manifest,
          annotations: { 'org.opencontainers.image.ref.name': 'latest' },
        },
      ],
    }),
  )
  return manifest.digest
}

function putJson(blobs: string, value: object): { readonly digest: string; readonly size: number } {
  const bytes = Buffer.from(JSON.stringify(value))
  const digest = digestOf(bytes)
  writeFileSync(join(blobs, digest), bytes)
  return { digest: `sha256:${digest}`, size: bytes.length }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
