import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readProcMaps } from './proc-maps.ts'
import { readProcNet } from './proc-net.ts'

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     \n'

/** As Linux 6.1 prints them. */
const TCP =
  HEAD +
  '   0: 0100007F:0277 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 18734 1 0000000000000000 100 0 0 10 0                     \n' +
  '   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 17045 1 0000000000000000 100 0 0 10 0                     \n' +
  '   2: 0A00020F:0016 0A000202:C3F2 01 00000000:00000000 02:000AD8C0 00000000     0        0 20337 4 0000000000000000 20 4 27 10 -1                    \n'
const TCP6 =
  HEAD +
  '   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 21001 1 0000000000000000 100 0 0 10 0\n' +
  '   1: 0000000000000000FFFF00000100007F:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 21002 1 0000000000000000 100 0 0 10 0\n' +
  '   2: B80D0120000000000000000001000000:0035 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 21003 1 0000000000000000 100 0 0 10 0\n'
const UDP =
  '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops             \n' +
  '  100: 00000000:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 15010 2 0000000000000000 0         \n' +
  '  101: 0F02000A:A0B0 08080808:0035 01 00000000:00000000 00:00000000 00000000     0        0 15011 2 0000000000000000 0         \n'

describe('/proc/net', () => {
  it('tells the sockets that wait for others, and no connections', () => {
    expect(readProcNet(TCP, 'tcp', true, 100)).toEqual([
      { protocol: 'tcp', address: '127.0.0.1', port: 631, inode: '18734' },
      { protocol: 'tcp', address: '0.0.0.0', port: 22, inode: '17045' },
    ])
    expect(readProcNet(UDP, 'udp', true, 100)).toEqual([
      { protocol: 'udp', address: '0.0.0.0', port: 68, inode: '15010' },
    ])
  })

  it('has IPv6 addresses in words of the machine', () => {
    const addresses = readProcNet(TCP6, 'tcp6', true, 100).map(({ address, port }) => `${address} ${port}`)

    expect(addresses).toEqual(['::1 8080', '::ffff:127.0.0.1 8081', '2001:db8::1 53'])
  })

  it('is read in the byte order of the machine', () => {
    expect(readProcNet(TCP, 'tcp', false, 100)[0]?.address).toBe('1.0.0.127')
  })

  it('is read no further than asked', () => {
    expect(readProcNet(TCP, 'tcp', true, 1)).toHaveLength(1)
  })

  it.each([
    '',
    '\n\n\n',
    '0: 0100007F:0277',
    '0: 0100007G:0277 00000000:0000 0A 0 0 0 0 0 0 12',
    '0: 0100007F:0277 00000000:0000 0A a:b c d e 0 x',
    `0: ${'0'.repeat(100_000)}:0277 00000000:0000 0A`,
  ])('passes by a line that is none: %#', text => {
    expect(readProcNet(text, 'tcp', true, 100)).toEqual([])
  })
})

const MAPS = [
  '55d0c8a3e000-55d0c8a6c000 r--p 00000000 fe:01 1311                       /usr/bin/bash',
  '55d0c8a6c000-55d0c8b31000 r-xp 0002e000 fe:01 1311                       /usr/bin/bash',
  '7f0e5c000000-7f0e5c021000 rw-p 00000000 00:00 0 ',
  '7f0e60a00000-7f0e60a26000 r--p 00000000 fe:01 5310                       /usr/lib/x86_64-linux-gnu/libssl.so.3 (deleted)',
  '7f0e60b00000-7f0e60b26000 r--p 00000000 fe:01 5311                       /opt/name with blanks/lib a.so',
  '7ffd3a5f0000-7ffd3a611000 rw-p 00000000 00:00 0                          [stack]',
  '7f0e5f000000-7f0e5f100000 rw-s 00000000 00:01 1026                       /memfd:wayland (deleted)',
  '7f0e5f200000-7f0e5f300000 rw-s 00000000 00:01 5                          /SYSV00000000 (deleted)',
  '7f0e5f400000-7f0e5f500000 rw-s 00000000 00:06 120                        /dev/zero (deleted)',
  '7f0e5f600000-7f0e5f700000 rw-p 00000000 00:00 0                          anon_inode:[io_uring]',
].join('\n')

function pathsOf(text: string): readonly string[] {
  const paths = new Set<string>()
  readProcMaps(text, path => paths.add(path))
  return [...paths]
}

describe('/proc/<pid>/maps', () => {
  it('tells files, also those that an upgrade has replaced, and no memory', () => {
    expect(pathsOf(MAPS)).toEqual([
      'usr/bin/bash',
      'usr/lib/x86_64-linux-gnu/libssl.so.3',
      'opt/name with blanks/lib a.so',
    ])
  })

  it.each(['', '/', '\n/\n', `${' '.repeat(500)}/usr/bin/a`, `a /${'x'.repeat(5_000)}`, 'a /x\0y'])(
    'passes by what is no file: %#',
    text => {
      expect(pathsOf(text)).toEqual([])
    },
  )

  it('takes no longer for a text of many lines without a path', () => {
    const before = performance.now()

    expect(pathsOf('\n'.repeat(4_000_000))).toEqual([])
    expect(performance.now() - before).toBeLessThan(5_000)
  })

  it('never gives an absolute path, whatever stands there', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 20 }), pieces => {
        for (const path of pathsOf(pieces.join('/'))) expect(path.startsWith('/')).toBe(false)
      }),
    )
  })
})
