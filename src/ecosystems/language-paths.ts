/**
 * File names by which a language package can be found. An operating system package that owns such a file is matched
 * in its stead (matching-and-feeds §2.9); lists of owned files keep these paths only, to stay small.
 */
const LANGUAGE_FILES = [
  '/package.json',
  '/package-lock.json',
  '/npm-shrinkwrap.json',
  '.deps.json',
  '/composer/installed.json',
  '.dist-info/METADATA',
  '.egg-info',
  '.egg-info/PKG-INFO',
  '/EGG-INFO/PKG-INFO',
  '.gemspec',
  '/pom.properties',
  '/pom.xml',
  '/go.sum',
  '/Pipfile.lock',
  '/poetry.lock',
  '/uv.lock',
  '/go.mod',
  '/vendor/modules.txt',
  '/DESCRIPTION',
  '/yarn.lock',
  '/pnpm-lock.yaml',
  '/Gemfile.lock',
  'requirements.txt',
]

const LAST_CHARACTERS: ReadonlySet<number> = new Set(LANGUAGE_FILES.map(name => name.charCodeAt(name.length - 1)))

/** Whether a path that ends with this character (its code) could be one for `mayHoldLanguagePackage`. */
export function mayEndLanguageFile(lastCharacter: number): boolean {
  return LAST_CHARACTERS.has(lastCharacter)
}

/** Top directories that a merged `/usr` replaces by links. (file-hierarchy(7)) */
const MERGED_DIRECTORIES = ['bin/', 'sbin/', 'lib/', 'lib32/', 'lib64/', 'libx32/', 'libo32/']

/** Whether an analyzer of a language ecosystem could read this path. */
export function mayHoldLanguagePackage(path: string): boolean {
  return LANGUAGE_FILES.some(name => path.endsWith(name))
}

/** The spellings under which an owned path may be found: as listed, and below `usr/` where `/usr` is merged. */
export function spellingsOfOwnedPath(path: string): readonly string[] {
  return MERGED_DIRECTORIES.some(directory => path.startsWith(directory)) ? [path, `usr/${path}`] : [path]
}
