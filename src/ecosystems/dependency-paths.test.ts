import { describe, expect, it } from 'vitest'
import { isInsideDependency } from './dependency-paths.ts'
import { ANALYZERS } from './index.ts'

describe('lockfiles and workflows that a dependency ships of its own development', () => {
  it.each([
    'root/.cargo/registry/src/index.crates.io-6f17d22bba15001f/ripgrep-13.0.0/Cargo.lock',
    'app/vendor/acme/tool/composer.lock',
    'app/deps/phoenix/mix.lock',
    'root/.pub-cache/hosted/pub.dev/args-2.4.0/pubspec.lock',
    'app/.build/checkouts/swift-nio/Package.resolved',
    'app/node_modules/lodash/.github/workflows/ci.yml',
    'usr/lib/python3/dist-packages/x/.github/workflows/ci.yml',
  ])('%s is read by nobody', path => {
    expect(isInsideDependency(path)).toBe(true)
    expect(ANALYZERS.filter(analyzer => analyzer.wants(path)).map(analyzer => analyzer.id)).toEqual([])
  })

  it.each([
    'app/Cargo.lock',
    'app/composer.lock',
    'vendors/app/composer.lock',
    'app/mix.lock',
    'app/pubspec.lock',
    'app/Package.resolved',
    'app/.github/workflows/ci.yml',
    'app/vendor/composer/installed.json',
  ])('%s is read', path => {
    expect(ANALYZERS.filter(analyzer => analyzer.wants(path))).toHaveLength(1)
  })
})
