/**
 * Properties of components as Amazon Inspector's SBOM generator writes them. (Amazon Inspector User Guide, CycloneDX
 * namespaces; matching-and-feeds §7)
 */
export const AMAZON = {
  sourcePath: 'amazon:inspector:sbom_generator:source_path',
  layerDiffId: 'amazon:inspector:sbom_generator:layer_diff_id',
  isDuplicate: 'amazon:inspector:sbom_generator:is_duplicate_package',
  duplicatePurl: 'amazon:inspector:sbom_generator:duplicate_purl',
  kernelComponent: 'amazon:inspector:sbom_generator:kernel_component',
  runningKernel: 'amazon:inspector:sbom_generator:running_kernel',
  imageId: 'amazon:inspector:sbom_generator:image_id',
} as const

/** What no other vocabulary has a word for. An export names only what its reader would not find out otherwise. */
export const OWN = {
  /** Only beside a purl that cannot be read back. */
  type: 'openinspector:purl_type',
  name: 'openinspector:name',
  version: 'openinspector:version',
  arch: 'openinspector:arch',
  sourceName: 'openinspector:source_name',
  sourceVersion: 'openinspector:source_version',
  vendor: 'openinspector:vendor',
  module: 'openinspector:module',
  /** Once for each channel. */
  channel: 'openinspector:channel',
  manager: 'openinspector:package_manager',
  filePath: 'openinspector:file_path',
  layerDigest: 'openinspector:layer_digest',
  ownedBy: 'openinspector:owned_by',
  /** Empty for a package that is in none. */
  namespace: 'openinspector:namespace',
  distroId: 'openinspector:distro:id',
  distroVersion: 'openinspector:distro:version_id',
  distroCodename: 'openinspector:distro:codename',
  distroPrettyName: 'openinspector:distro:pretty_name',
  /** `image` or `host`, of the document. */
  resourceKind: 'openinspector:resource_kind',
  runningKernel: 'openinspector:running_kernel',
  /** `[path, reason, detail]` in JSON, once for each problem of the inventory. */
  problem: 'openinspector:problem',
} as const

/** Words of other tools that say the same, in the order in which they are believed. (observed in their documents) */
export const OTHERS = {
  filePath: [AMAZON.sourcePath, 'aquasecurity:trivy:FilePath', 'syft:location:0:path', 'SrcFile'],
  layerDiffId: [AMAZON.layerDiffId, 'aquasecurity:trivy:LayerDiffID', 'syft:location:0:layerID'],
  layerDigest: [OWN.layerDigest, 'aquasecurity:trivy:LayerDigest'],
  module: ['aquasecurity:trivy:Modularitylabel', 'aquasecurity:trivy:ModularityLabel'],
  distroId: [OWN.distroId, 'syft:distro:id'],
  distroVersion: [OWN.distroVersion, 'syft:distro:versionID'],
  distroCodename: [OWN.distroCodename, 'syft:distro:versionCodename'],
  distroPrettyName: [OWN.distroPrettyName, 'syft:distro:prettyName'],
} as const
