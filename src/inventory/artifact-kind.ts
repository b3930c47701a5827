/** What registries hold beside images, told by the media types of a manifest, in words for a person. */
const KINDS: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/^application\/vnd\.cncf\.helm\./, 'a Helm chart'],
  [/^application\/(?:vnd\.wasm\.|vnd\.module\.wasm\.|wasm$)|\+wasm$/, 'a WebAssembly module'],
  [/^application\/vnd\.dev\.cosign\.simplesigning\./, 'a signature (cosign)'],
  [/^application\/vnd\.dev\.sigstore\.bundle/, 'a signature or attestation (sigstore bundle)'],
  [/^application\/vnd\.cncf\.notary\.signature$/, 'a signature (Notary)'],
  [/^application\/(?:vnd\.in-toto|vnd\.dsse\.envelope)/, 'an in-toto attestation'],
  [/^(?:application|text)\/(?:vnd\.cyclonedx|spdx|vnd\.syft)/, 'an SBOM'],
  [/^application\/sarif\+json$/, 'a scan report (SARIF)'],
  [/^application\/vnd\.openvex/, 'a VEX document'],
  [/^application\/vnd\.amazon\.soci\./, 'an index for lazy loading (SOCI)'],
  [/^application\/vnd\.buildkit\.cacheconfig\./, 'a build cache (BuildKit)'],
  [/^application\/vnd\.docker\.plugin\./, 'a Docker plug-in'],
  [/^application\/vnd\.docker\.compose\./, 'a Compose project'],
  [/^application\/vnd\.(?:docker\.ai|cncf)\.model\./, 'a machine-learning model'],
  [/^application\/vnd\.cncf\.flux\./, 'a Flux configuration'],
  [/^application\/vnd\.sylabs\.sif\./, 'a Singularity image'],
]

/** Stands for "no configuration" and "no layer" in artifacts. (OCI image spec 1.1, manifest.md, guidance for an empty descriptor) */
const EMPTY_MEDIA_TYPE = 'application/vnd.oci.empty.v1+json'
/** What clients write when nobody named a type. (ORAS client documentation) */
const UNNAMED_CONFIG = 'application/vnd.unknown.config.v1+json'

/**
 * What a manifest is that is no image, or `null` when nothing says so. The types are taken in this order: `artifactType`,
 * the configuration, the layers.
 */
export function artifactKindOf(manifest: {
  readonly artifactType: string | null
  readonly configMediaType: string | null
  readonly layerMediaTypes: readonly string[]
}): { readonly kind: string; readonly mediaType: string } | null {
  const { artifactType, configMediaType, layerMediaTypes } = manifest
  const types = [artifactType, configMediaType, ...layerMediaTypes.slice(0, 16)]
  for (const mediaType of types) {
    const kind = mediaType === null ? undefined : artifactKindOfMediaType(mediaType)
    if (kind !== undefined && mediaType !== null) return { kind, mediaType }
  }
  if (artifactType !== null && artifactType !== '') return { kind: 'an OCI artifact', mediaType: artifactType }
  if (configMediaType !== EMPTY_MEDIA_TYPE && configMediaType !== UNNAMED_CONFIG) return null
  return { kind: 'an OCI artifact', mediaType: layerMediaTypes[0] ?? configMediaType }
}

/** The kind that one media type or artifact type stands for. */
export function artifactKindOfMediaType(mediaType: string): string | undefined {
  if (mediaType.length > 255) return undefined
  return KINDS.find(([pattern]) => pattern.test(mediaType))?.[1]
}
