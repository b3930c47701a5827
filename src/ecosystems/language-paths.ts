/**
 * File names by which a language package can be found, beside programs and archives. An operating system package that owns such a file is matched
 * in its stead (matching-and-feeds §2.9); lists of owned files keep these paths only, to stay small.
 */
const LANGUAGE_FILES = [
  '/package.json',
  '/package-lock.json',
  '/npm-shrinkwrap.json',
  '.deps.json',
  '/composer/installed.json',
  '.dist-info/METADATA',
  '.egg',
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
  '/release',
  '/wp-includes/version.php',
  '/style.css',
]

/** Endings of archives and libraries that may hold packages. */
const ARCHIVE_OR_LIBRARY = /\.(?:jar|war|ear|par|sar|rar|nar|hpi|jpi|kar|lpkg|jmod|so(?:\.[0-9.]+)?)$/
/** Where a plugin of WordPress says its name. */
const PLUGIN_FILE = /\/wp-content\/(?:mu-)?plugins\/(?:[^/]+\/)?[^/]+\.php$/
const IN_PROGRAM_DIRECTORY = /(?:^|\/)s?bin\/[^/]+$/
/** Where no program without an ending lies. (file-hierarchy(7)) */
const WITHOUT_PROGRAMS = /^\/?(?:usr\/(?:share|include|src)|etc|var|boot)\//

/** Top directories that a merged `/usr` replaces by links. (file-hierarchy(7)) */
const MERGED_DIRECTORIES = ['bin/', 'sbin/', 'lib/', 'lib32/', 'lib64/', 'libx32/', 'libo32/']

/** Whether an analyzer of a language ecosystem could read this path. */
export function mayHoldLanguagePackage(path: string): boolean {
  return isProgramOrArchive(path) || LANGUAGE_FILES.some(name => path.endsWith(name)) || PLUGIN_FILE.test(path)
}

/** Whether the path could be a program or an archive whose content names packages; most paths are told by one character. */
function isProgramOrArchive(path: string): boolean {
  const slash = path.lastIndexOf('/')
  const dot = path.lastIndexOf('.')
  if (dot <= slash) return !WITHOUT_PROGRAMS.test(path)
  return ARCHIVE_OR_LIBRARY.test(path) || IN_PROGRAM_DIRECTORY.test(path)
}

/** The spellings under which an owned path may be found: as listed, and below `usr/` where `/usr` is merged. */
export function spellingsOfOwnedPath(path: string): readonly string[] {
  return MERGED_DIRECTORIES.some(directory => path.startsWith(directory)) ? [path, `usr/${path}`] : [path]
}
