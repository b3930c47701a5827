import { describe, expect, it } from 'vitest'
import { elfOf } from '../../../test/support/executable-of.ts'
import { contentAnalysisOf, packagesIn } from '../content-analyzer.suite.ts'
import { runtimeBinary } from './runtime-binary.ts'

/** A program with this text somewhere in its data, between NULs. */
function program(text: string, paddingBytes = 5000): Buffer {
  const content = Buffer.concat([Buffer.alloc(paddingBytes), Buffer.from(`\0${text}\0`, 'latin1'), Buffer.alloc(5000)])
  return elfOf([{ name: '.rodata', address: 0x1000, content }])
}
const read = (path: string, text: string, paddingBytes?: number) =>
  packagesIn(contentAnalysisOf(runtimeBinary, program(text, paddingBytes), path))

describe('a runtime that no package manager installed', () => {
  // What stands in the programs of the projects and of Debian 12.
  it.each([
    ['usr/local/bin/node', 'node.js/v24.21.0Protocol-Version', 'nodejs/node 24.21.0'],
    ['usr/local/bin/python3.11', '3.11.2', 'python 3.11.2'],
    ['usr/local/lib/libpython3.13.so.1.0', '3.13.0rc1', 'python 3.13.0rc1'],
    ['usr/local/bin/ruby', 'ruby 3.1.7p261 (2025-03-26 revision 0a3704f218) [x86_64-linux-gnu]', 'ruby 3.1.7'],
    ['usr/lib/libruby-3.1.so.3.1.7', 'ruby 3.1.7p261 (2025-03-26 revision 0a3704f218) +YJIT', 'ruby 3.1.7'],
    ['usr/local/bin/php', 'X-Powered-By: PHP/8.2.36', 'php/php 8.2.36'],
    ['usr/local/sbin/php-fpm', 'X-Powered-By: PHP/8.4.12', 'php/php 8.4.12'],
    ['usr/sbin/nginx', 'nginx version: nginx/1.22.1', 'nginx/nginx 1.22.1'],
    ['usr/local/apache2/bin/httpd', 'Apache/2.4.71 (Unix)', 'apache/httpd 2.4.71'],
    ['usr/local/sbin/haproxy', ' version 2.6.12-1+deb12u4, released 2026/10/17', 'haproxy 2.6.12'],
    ['usr/local/sbin/haproxy', 'HAProxy version 2.8.3-86e043a, released 2023/09/07', 'haproxy 2.8.3'],
    ['usr/local/bin/memcached', 'memcached 1.6.18', 'memcached 1.6.18'],
    ['usr/local/bin/redis-server', '7.0.15buildkitsandbox-1702957741000000000', 'redis 7.0.15'],
    ['usr/local/bin/redis-server', '4.0.11841ce7054bd9-1542359302000000000', 'redis 4.0.11'],
    ['usr/local/bin/valkey-server', '9.0.0buildkitsandbox-1764887574000000000', 'valkey 9.0.0'],
    ['usr/local/bin/postgres', 'PostgreSQL 15.20 (Debian 15.20-0+deb12u1)', 'postgresql 15.20'],
    ['usr/local/bin/mariadbd', '10.11.19-MariaDB', 'mysql/mariadb-server 10.11.19'],
  ])('%s that says "%s" is %s', (path, text, expected) => {
    expect(read(path, text)).toEqual([expected])
  })

  it.each([
    ['usr/local/bin/node', 'v24.21.0'],
    ['usr/local/bin/python3.11', '3.12.1'],
    ['usr/local/bin/python3.11', 'x3.11.2'],
    ['usr/local/bin/python3.11', '3.11.2+'],
    ['usr/local/bin/haproxy', ' version 2.6.12 of something else'],
    ['usr/local/bin/memcached', 'memcached 1.6.18 compatible'],
    ['usr/local/bin/nginx', 'nginx version: openresty/1.21.4.1'],
    ['usr/local/bin/redis-server', 'listen 10.1.2.3-1702957741'],
    ['usr/sbin/mysqld', '8.0.43'],
  ])('%s that says "%s" is not taken for one', (path, text) => {
    expect(read(path, text)).toBeNull()
  })

  it('is only looked for in programs of its name', () => {
    expect(['usr/bin/node', 'opt/x/python3.9', 'libphp.so'].every(path => runtimeBinary.wants(path))).toBe(true)
    expect(
      ['usr/bin/nodemon', 'python3', 'python3.11-config', 'nginx.conf'].some(path => runtimeBinary.wants(path)),
    ).toBe(false)
    const text = Buffer.from('#!/bin/sh\n# node.js/v24.21.0\n'.repeat(1000))
    expect(contentAnalysisOf(runtimeBinary, text, 'usr/bin/node')).toBeNull()
  })

  it('is found wherever its words lie, also across what is searched at once', () => {
    for (let padding = 65_300; padding < 65_700; padding += 7) {
      expect(read('usr/bin/node', 'node.js/v20.1.2', padding)).toEqual(['nodejs/node 20.1.2'])
      expect(read('usr/bin/redis-server', '7.0.15host-1702957741', padding)).toEqual(['redis 7.0.15'])
    }
  })
})
