import { lstatSync, readdirSync, readlinkSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { runProgram } from './debian-image.ts'

/** Room for what tests put there; the file is sparse. */
export const XFS_IMAGE_BYTES = 96 << 20

/** With these set, as the test suite of xfsprogs does, mkfs.xfs makes file systems of less than 300 MB. */
const SMALL_IS_FINE = { TEST_DIR: '/', TEST_DEV: '/', QA_CHECK_FS: '1' }

/**
 * An XFS image with a copy of `directory` in it, by `mkfs.xfs` alone: its prototype file names what to copy, so that
 * nothing is mounted. Names may hold neither spaces nor colons. Throws when mkfs.xfs is not installed.
 */
export function makeXfsImage(
  directory: string,
  image: string,
  options: readonly string[],
  sizeBytes = XFS_IMAGE_BYTES,
): void {
  const prototype = `${image}.proto`
  writeFileSync(prototype, ['/boot', '0 0', 'd--755 0 0', ...linesOf(resolve(directory)), '$', ''].join('\n'))
  writeFileSync(image, '')
  truncateSync(image, sizeBytes)
  runProgram('mkfs.xfs', ['-q', '-f', ...options, '-p', prototype, image], {
    env: { ...process.env, ...SMALL_IS_FINE },
  })
  rmSync(prototype)
}

function linesOf(directory: string): readonly string[] {
  const lines: string[] = []
  for (const name of readdirSync(directory).sort()) {
    const path = join(directory, name)
    const stat = lstatSync(path)
    const owner = `${(stat.mode & 0o777).toString(8).padStart(3, '0')} 0 0`
    if (stat.isDirectory()) lines.push([`${name} d--${owner}`, ...linesOf(path), '$'].join('\n'))
    else if (stat.isSymbolicLink()) lines.push(`${name} l--777 0 0 ${readlinkSync(path)}`)
    else if (stat.isFile()) lines.push(`${name} ---${owner} ${path}`)
  }
  return lines
}
