import { err, ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import { type Analyzer, EMPTY_ANALYSIS, type FileAnalysis, type ScannedFile } from '../ecosystem.ts'
import { isVersionText } from '../found-packages.ts'

/** Sources of plugins reach some hundred KiB; only their beginnings are looked at. */
const LIMIT_BYTES = 4 * 1024 * 1024
/** WordPress itself looks for a plugin's or theme's header here and no further. (`get_file_data`, wp-includes/functions.php) */
const HEADER_BYTES = 8 * 1024
/** Names of directories of wordpress.org are such; others are shown as nothing else could be. */
const SLUG = /^[A-Za-z0-9_.-]{1,200}$/

/** `$wp_version = '6.5.5';` of an installation. */
export const wordpressCore: Analyzer = {
  id: 'generic/wordpress-core',
  revision: 1,
  limitBytes: LIMIT_BYTES,
  wants: path => path.endsWith('wp-includes/version.php'),
  analyze(file) {
    const version = /^\s*\$wp_version\s*=\s*(['"])([!-~]{1,64}?)\1\s*;/m.exec(headOf(file))?.[2]
    if (version !== undefined) return ok(packageOf('wordpress/core/wordpress', version))
    return err({ path: file.path, reason: 'package-without-version', detail: 'WordPress without a version' })
  },
}

/** The PHP file with a plugin's header, in the directory of plugins or in one of its own there. */
export const wordpressPlugin: Analyzer = {
  id: 'generic/wordpress-plugin',
  revision: 1,
  limitBytes: LIMIT_BYTES,
  wants: path => path.endsWith('.php') && /(?:^|\/)wp-content\/(?:mu-)?plugins\/(?:[^/]+\/)?[^/]+\.php$/.test(path),
  analyze: file => analyzeHeader(file, 'plugin', 'Plugin Name'),
}

/** The style sheet with a theme's header. */
export const wordpressTheme: Analyzer = {
  id: 'generic/wordpress-theme',
  revision: 1,
  limitBytes: LIMIT_BYTES,
  wants: path => path.endsWith('/style.css') && /(?:^|\/)wp-content\/themes\/[^/]+\/style\.css$/.test(path),
  analyze: file => analyzeHeader(file, 'theme', 'Theme Name'),
}

function analyzeHeader(
  file: ScannedFile,
  kind: 'plugin' | 'theme',
  title: string,
): Result<FileAnalysis, InventoryProblem> {
  const head = headOf(file)
  // Most files of a plugin are not the one with its header.
  if (field(head, title) === null) return ok(EMPTY_ANALYSIS)
  const parts = file.path.split('/')
  const slug = parts.slice(parts.lastIndexOf('wp-content') + 2)[0]?.replace(/\.php$/, '') ?? ''
  const version = field(head, 'Version')
  if (SLUG.test(slug) && version !== null && isVersionText(version)) {
    return ok(packageOf(`wordpress/${kind}/${slug}`, version))
  }
  const detail = `a ${kind} of WordPress without a readable ${SLUG.test(slug) ? 'version' : 'name'}`
  return err({ path: file.path, reason: 'package-without-version', detail })
}

/** `Version: 5.3` at the beginning of a line of a comment, as WordPress reads it. */
function field(head: string, name: string): string | null {
  const value = new RegExp(`^(?:[ \\t]*<\\?php)?[ \\t/*#@]*${name}:(.*)$`, 'im').exec(head)?.[1]
  const text = value?.replace(/\s*(?:\*\/|\?>).*$/, '').trim()
  return text === undefined || text === '' ? null : text
}

function headOf({ bytes }: ScannedFile): string {
  return decodeUtf8(bytes.subarray(0, HEADER_BYTES)).replaceAll('\r', '\n')
}

function packageOf(name: string, version: string): FileAnalysis {
  const found = { type: 'generic', name, version, arch: null, source: null, manager: 'OTHER' } as const
  return { ...EMPTY_ANALYSIS, packages: [found] }
}
