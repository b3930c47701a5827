import { describe, expect, it } from 'vitest'

import { artifactKindOf } from './artifact-kind.ts'

const IMAGE_CONFIG = 'application/vnd.oci.image.config.v1+json'
const EMPTY = 'application/vnd.oci.empty.v1+json'

describe('artifactKindOf', () => {
  it.each([
    [
      'a Helm chart',
      null,
      'application/vnd.cncf.helm.config.v1+json',
      ['application/vnd.cncf.helm.chart.content.v1.tar+gzip'],
    ],
    ['a WebAssembly module', null, 'application/vnd.wasm.config.v0+json', ['application/wasm']],
    ['a signature (cosign)', null, IMAGE_CONFIG, ['application/vnd.dev.cosign.simplesigning.v1+json']],
    ['a signature or attestation (sigstore bundle)', 'application/vnd.dev.sigstore.bundle.v0.3+json', EMPTY, []],
    ['a signature (Notary)', null, 'application/vnd.cncf.notary.signature', ['application/jose+json']],
    ['an in-toto attestation', null, IMAGE_CONFIG, ['application/vnd.in-toto+json']],
    ['an in-toto attestation', null, IMAGE_CONFIG, ['application/vnd.dsse.envelope.v1+json']],
    ['an SBOM', 'application/spdx+json', EMPTY, ['application/spdx+json']],
    ['an SBOM', null, 'application/vnd.unknown.config.v1+json', ['application/vnd.cyclonedx+json']],
    [
      'an index for lazy loading (SOCI)',
      null,
      'application/vnd.amazon.soci.index.v1+json',
      ['application/octet-stream'],
    ],
    ['an OCI artifact', 'application/vnd.acme.rocket', EMPTY, [EMPTY]],
    ['an OCI artifact', null, EMPTY, ['text/plain']],
  ])('recognises %s by %s, %s, %j', (kind, artifactType, configMediaType, layerMediaTypes) => {
    expect(artifactKindOf({ artifactType, configMediaType, layerMediaTypes })?.kind).toBe(kind)
  })

  it('says nothing about types that it does not know', () => {
    const unknown = {
      artifactType: null,
      configMediaType: 'application/vnd.acme.config',
      layerMediaTypes: ['text/plain'],
    }

    expect(artifactKindOf(unknown)).toBeNull()
  })
})
