import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A root with an empty package database of Debian 12, as `dpkg --root` takes it. */
export function makeDebianRoot(root: string): void {
  for (const folder of ['etc', 'var/lib/dpkg/info', 'var/lib/dpkg/updates', 'var/lib/dpkg/triggers']) {
    mkdirSync(join(root, folder), { recursive: true })
  }
  writeFileSync(join(root, 'etc/os-release'), 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n')
  writeFileSync(join(root, 'etc/machine-id'), '0123456789abcdef0123456789abcdef\n')
  writeFileSync(join(root, 'var/lib/dpkg/status'), '')
}

/** Builds a package of one file in `folder` with Debian's own tool; returns the path of the `.deb`. */
export function buildDeb(folder: string, name: string, version: string): string {
  const content = join(folder, `${name}-${version}`)
  mkdirSync(join(content, 'DEBIAN'), { recursive: true })
  mkdirSync(join(content, 'usr/bin'), { recursive: true })
  writeFileSync(join(content, 'usr/bin', name), '#!/bin/sh\n')
  const control = `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: nobody <nobody@example.com>\nDescription: test\n`
  writeFileSync(join(content, 'DEBIAN/control'), control)
  const deb = join(folder, `${name}_${version}.deb`)
  execFileSync('dpkg-deb', ['--build', '--root-owner-group', content, deb], { stdio: 'pipe' })
  return deb
}

/** Runs Debian's `dpkg` on that root. */
export function dpkg(root: string, ...args: readonly string[]): void {
  execFileSync('dpkg', [`--root=${root}`, '--force-not-root', ...args], { stdio: 'pipe' })
}

/** Writes a feed in which each package has one flaw, fixed in 2.0-1 of Debian 12. */
export function writeTrackerFeed(folder: string, flaws: Readonly<Record<string, string>>): void {
  const release = { status: 'resolved', repositories: { bookworm: '2.0-1' }, fixed_version: '2.0-1', urgency: 'high' }
  const issues = Object.entries(flaws).map(([name, id]) => [name, { [id]: { releases: { bookworm: release } } }])
  const path = join(folder, 'debian-tracker/tracker/data')
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, 'json'), JSON.stringify(Object.fromEntries(issues)))
}
