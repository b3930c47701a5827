/**
 * A repository's URL as advisories name a Swift package: `github.com/apple/swift-nio`, without scheme, user, port and
 * `.git`. (OSV schema, SwiftURL; purl specification, swift)
 */
export function repositoryName(url: string): string {
  return url
    .slice(0, 2048)
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
    .replace(/^[^/@]*@/, '')
    .replace(/^([^/:]+):(?:[0-9]+\/)?/, '$1/')
    .replace(/\/{1,8}$/, '')
    .replace(/\.git$/i, '')
}
