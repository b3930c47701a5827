import { XmlReader } from '../base/xml.ts'

/** A file that a repository's index names. */
export interface RepositoryFile {
  /** Relative to the repository. */
  readonly href: string
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly hex: string }
}

export type ChecksumAlgorithm = 'sha1' | 'sha256' | 'sha384' | 'sha512'

/** `sha` is how old repositories write SHA-1. (createrepo) */
const ALGORITHMS: ReadonlyMap<string, ChecksumAlgorithm> = new Map([
  ['sha', 'sha1'],
  ['sha1', 'sha1'],
  ['sha256', 'sha256'],
  ['sha384', 'sha384'],
  ['sha512', 'sha512'],
])

/** Two names of folders and a file with its checksum in its name have some hundred characters. (createrepo) */
const HREF = /^[\x21-\x7e]{1,500}$/

/**
 * The file of one type (`updateinfo`) in `repodata/repomd.xml`; `null` when the repository has none, a sentence when the
 * entry cannot be used. Throws `XmlError` when the index itself cannot be read.
 */
export function findInRepomd(text: string, type: string): RepositoryFile | string | null {
  const reader = new XmlReader()
  const path: string[] = []
  let isWanted = false
  let isFound = false
  let href = ''
  let algorithmName = ''
  let hex = ''
  const events = [...reader.push(text)]
  reader.end()
  for (const event of events) {
    if (event.is === 'close') {
      path.pop()
      if (path.length === 1) isWanted = false
    } else if (event.is === 'text') {
      if (isWanted && path.length === 3 && path[2] === 'checksum') hex += event.text
    } else {
      path.push(event.name)
      if (path.length === 2) isWanted = !isFound && event.name === 'data' && event.attributes.get('type') === type
      if (path.length === 2 && isWanted) isFound = true
      if (!isWanted || path.length !== 3) continue
      if (event.name === 'location') href = event.attributes.get('href') ?? ''
      if (event.name === 'checksum') algorithmName = event.attributes.get('type') ?? ''
    }
  }
  if (!isFound) return null
  const algorithm = ALGORITHMS.get(algorithmName)
  const digest = hex.trim().toLowerCase()
  if (!HREF.test(href)) return `the index does not say where ${type} is`
  if (algorithm === undefined || !/^[0-9a-f]{40,128}$/.test(digest))
    return `the index gives no checksum of ${type} that is read`
  return { href, checksum: { algorithm, hex: digest } }
}
