import { describe, expect, it } from 'vitest'
import type { PackageManager } from '../domain/inventory.ts'
import type { PurlType } from '../domain/namespace.ts'
import { anInstalledPackage } from './analyzer.suite.ts'
import { ecosystemOf } from './index.ts'

describe('what a build left behind and what it was built from', () => {
  it.each<readonly [PurlType, PackageManager, string, PackageManager, string]>([
    ['maven', 'JAR', 'app/app.jar', 'POM', 'app/pom.xml'],
    ['maven', 'JAR', 'app/app.jar', 'OTHER', 'src/gradle.lockfile'],
    ['maven', 'JAR', 'app/app.jar', 'OTHER', 'src/build.sbt.lock'],
    ['cargo', 'CARGO', 'usr/bin/app', 'CARGO', 'src/Cargo.lock'],
    ['golang', 'GOBINARY', 'usr/bin/app', 'GOMOD', 'src/go.mod'],
    ['golang', 'GOBINARY', 'usr/bin/app', 'GOMOD', 'src/vendor/modules.txt'],
  ])('of %s is listed once, where it runs (%s %s, %s %s)', (type, builtBy, builtAt, lockedBy, lockedAt) => {
    const at = (manager: PackageManager, filePath: string, version: string, name = 'a:a') =>
      anInstalledPackage({ type, name, version, manager, filePath })
    const built = at(builtBy, builtAt, '1.0')
    const another = at(lockedBy, lockedAt, '1.1')
    const elsewhere = at(lockedBy, lockedAt, '1.0', 'b:b')

    expect(ecosystemOf(type).withoutCopies([built, at(lockedBy, lockedAt, '1.0'), another, elsewhere])).toEqual([
      built,
      another,
      elsewhere,
    ])
    expect(ecosystemOf(type).withoutCopies([at(lockedBy, lockedAt, '1.0'), another])).toHaveLength(2)
  })
})
