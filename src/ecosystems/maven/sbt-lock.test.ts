import { describe, expect, it } from 'vitest'
import { analysisOf, foundBy, refusalOf } from '../analyzer.suite.ts'
import { sbtLock } from './sbt-lock.ts'

const lock = (...dependencies: readonly unknown[]): string =>
  JSON.stringify({ lockVersion: 1, configurations: ['compile', 'test'], dependencies })

describe('build.sbt.lock', () => {
  it('names what is built, without what only tests need', () => {
    const text = lock(
      { org: 'com.typesafe.akka', name: 'akka-http-core_2.13', version: '10.2.4', artifacts: [], configurations: ['compile', 'test'] },
      { org: 'org.scalatest', name: 'scalatest_2.13', version: '3.2.0', configurations: ['test', 'test-internal'] },
      { org: 'org.slf4j', name: 'slf4j-api', version: '1.7.36' },
    ) // prettier-ignore

    expect(foundBy(sbtLock, text)).toEqual([
      'com.typesafe.akka:akka-http-core_2.13 10.2.4',
      'org.slf4j:slf4j-api 1.7.36',
    ])
  })

  it('tells entries that name nothing, and refuses what is none', () => {
    expect(analysisOf(sbtLock, lock(7, { org: 'a', name: 'b' }, { name: 'b', version: '1' })).problems).toMatchObject([
      { reason: 'malformed-lockfile' },
      { reason: 'package-without-version' },
      { reason: 'malformed-lockfile' },
    ])
    for (const text of ['{}', '[]', '{']) expect(refusalOf(sbtLock, text)).toBe('malformed-lockfile')
    expect(sbtLock.wants('app/build.sbt.lock') && !sbtLock.wants('app/build.sbt')).toBe(true)
  })
})
