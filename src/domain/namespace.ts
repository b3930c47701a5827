import type { Brand } from '../base/brand.ts'

/**
 * Where a package name means something: a distribution with its release (`debian:11`, `ubuntu:22.04`) or a language
 * ecosystem (`npm`). Advisories and packages meet only inside one namespace. (matching-and-feeds §2.1)
 */
export type Namespace = Brand<string, 'Namespace'>

export function namespace(text: string): Namespace {
  return text as Namespace
}

/** Type component of a package URL for the ecosystems that have a folder in `ecosystems/`. */
export const PURL_TYPES = [
  'apk',
  'bitnami',
  'cargo',
  'composer',
  'conan',
  'cran',
  'deb',
  'gem',
  'generic',
  'githubactions',
  'golang',
  'hex',
  'maven',
  'npm',
  'nuget',
  'pub',
  'pypi',
  'rpm',
  'swift',
] as const

export type PurlType = (typeof PURL_TYPES)[number]
