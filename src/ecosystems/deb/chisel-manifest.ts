import { err } from '../../base/result.ts'
import type { Analyzer } from '../ecosystem.ts'

/** `var/lib/chisel/manifest.wall`: what Chisel cut out of Ubuntu's packages, compressed. Told as unread: such images have no other database. */
export const chiselManifest: Analyzer = {
  id: 'deb/chisel-manifest',
  revision: 1,
  limitBytes: 64 * 1024 * 1024,
  wants: path => path.endsWith('/manifest.wall') && /^var\/lib\/chisel\/manifest\.wall$/.test(path),
  analyze: ({ path }) =>
    err({
      path,
      reason: 'unsupported-package-database',
      detail: 'the manifest of Chisel is not read: slices of Ubuntu packages in this image are unknown',
    }),
}
