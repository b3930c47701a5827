import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { agentRequest } from '../../src/api/agent/agent-door.ts'
import { checkInSchema, inventorySchema, runtimeSchema } from '../../src/api/agent/report-schema.ts'
import { parseJsonObject } from '../../src/api/protocol/json-body.ts'
import { apkFileOwners } from '../../src/ecosystems/apk/file-owners.ts'
import { dpkgFileOwners } from '../../src/ecosystems/deb/file-owners.ts'
import type { FileOwners } from '../../src/ecosystems/file-owners.ts'
import { rpmFileOwners } from '../../src/ecosystems/rpm/file-owners.ts'
import { pathOfLink, readProcMaps } from '../../src/inventory/runtime/proc-maps.ts'
import { readProcNet } from '../../src/inventory/runtime/proc-net.ts'
import type { FuzzTarget } from './target.ts'

const TESTDATA = join(import.meta.dirname, '../../src/ecosystems')

const TCP = [
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
  '   0: 0100007F:0277 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 18734 1 0000000000000000 100 0 0 10 0',
  '   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 21001 1 0000000000000000 100 0 0 10 0',
].join('\n')

const MAPS = [
  '55d0c8a3e000-55d0c8a6c000 r--p 00000000 fe:01 1311                       /usr/bin/bash',
  '7f0e60a00000-7f0e60a26000 r--p 00000000 fe:01 5310                       /usr/lib/libssl.so.3 (deleted)',
  '7ffd3a5f0000-7ffd3a611000 rw-p 00000000 00:00 0                          [stack]',
].join('\n')

const INVENTORY = {
  distro: { id: 'debian', versionId: '12', codename: 'bookworm', prettyName: null },
  runningKernel: '6.1.0-1-amd64',
  packages: [
    {
      type: 'deb',
      namespace: 'debian:12',
      name: 'bash',
      version: '5.2-1',
      arch: 'amd64',
      source: { name: 'bash', version: '5.2-1' },
      manager: 'OS',
      filePath: 'var/lib/dpkg/status',
      layer: null,
      ownedBy: null,
    },
  ],
  problems: [{ path: 'srv', reason: 'unreadable', detail: 'EACCES' }],
}
const RUNTIME = {
  listening: [{ protocol: 'tcp', address: '::', port: 22, program: 'usr/sbin/sshd', package: 'openssh-server' }],
  loaded: [{ name: 'openssh-server', files: ['usr/sbin/sshd'] }],
  unowned: ['opt/a'],
  gaps: ['processes-not-readable'],
}
const CHECK_IN = {
  machineKey: 'a'.repeat(64),
  identity: { hostName: 'web-1', ipV4Addresses: ['192.0.2.1'], ipV6Addresses: ['2001:db8::1'], agentVersion: '1.0.0' },
  inventoryHash: 'b'.repeat(64),
  runtimeHash: null,
}

/** What an agent reads of its machine, and what the server reads of an agent. */
export function agentTargets(): readonly FuzzTarget[] {
  return [
    textTarget('agent /proc/net', TCP, text => {
      for (const { address, port } of readProcNet(text, 'tcp', true, 1_000)) {
        if (!/^[0-9a-f.:]{2,45}$/.test(address) || port > 65_535) throw new Error(`not an address: ${address}`)
      }
    }),
    textTarget('agent /proc/maps', MAPS, text => {
      readProcMaps(text, path => expectRelative(path))
      expectRelative(pathOfLink(text))
    }),
    ownersTarget('deb', dpkgFileOwners, 'var/lib/dpkg/info/bash:amd64.list', [Buffer.from('/.\n/usr/bin/bash\n')]),
    ownersTarget('apk', apkFileOwners, 'lib/apk/db/installed', [seed('apk/testdata/installed.txt')]),
    ownersTarget('rpm', rpmFileOwners, 'var/lib/rpm/rpmdb.sqlite', [gunzipSync(seed('rpm/testdata/rpmdb.sqlite.gz'))]),
    ...(
      [
        ['inventory', inventorySchema, INVENTORY],
        ['runtime', runtimeSchema, RUNTIME],
        ['check-in', checkInSchema, CHECK_IN],
      ] as const
    ).map(([name, schema, value]): FuzzTarget => ({
      name: `agent report ${name}`,
      seeds: [Buffer.from(JSON.stringify(value))],
      run(input) {
        const json = parseJsonObject(input)
        if (json.ok) schema.safeParse(json.value)
      },
    })),
    textTarget('agent path', `/openinspector/agent/inventory/1/${'a'.repeat(64)}`, agentRequest),
  ]
}

function textTarget(name: string, example: string, read: (text: string) => unknown): FuzzTarget {
  return {
    name,
    seeds: [Buffer.from(example)],
    run(input) {
      read(Buffer.from(input).toString('utf8'))
    },
  }
}

function ownersTarget(type: string, owners: FileOwners, path: string, seeds: readonly Uint8Array[]): FuzzTarget {
  return {
    name: `agent owners ${type}`,
    seeds,
    run(bytes) {
      for (const { owner } of owners.owned({ path, bytes }, () => true)) {
        if (owner === '') throw new Error('files of a package without name')
      }
    },
  }
}

function seed(path: string): Buffer {
  return readFileSync(join(TESTDATA, path))
}

function expectRelative(path: string | null): void {
  if (path === '' || path?.startsWith('/') === true) throw new Error(`not a relative path: ${path}`)
}
