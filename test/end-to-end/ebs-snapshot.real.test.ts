import { randomBytes } from 'node:crypto'
import { closeSync, mkdirSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { EBSClient } from '@aws-sdk/client-ebs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../support/debian-image.ts'
import { uploadSnapshot } from '../support/ebs-upload.ts'
import { startMoto, type RunningMoto } from '../support/ecr-front.ts'
import { freePort } from '../support/free-port.ts'
import { removeHome, startCommand, temporaryHome } from '../support/running-product.ts'
import { makeXfsImage } from '../support/xfs-image.ts'

const MIB = 1 << 20
const keys = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret-that-nobody-may-see' }
const folder = temporaryHome()
const source = join(folder, 'source')
let moto: RunningMoto
let client: EBSClient
let ext4: { id: string; blocks: number }
let purls: readonly string[]

beforeAll(async () => {
  moto = await startMoto(await freePort())
  client = new EBSClient({ region: 'eu-west-1', endpoint: moto.url, credentials: keys })
  makeSource()
  const image = join(folder, 'ext4.img')
  writeFileSync(image, '')
  truncateSync(image, 200 * MIB)
  runProgram('mke2fs', ['-q', '-t', 'ext4', '-d', source, image])
  ext4 = await uploadSnapshot(client, image)
  rmSync(image)
  purls = await purlsOf(`dir:${source}`, 'first')
}, 180_000)

afterAll(async () => {
  client?.destroy()
  await moto?.stop()
  removeHome(folder)
})

describe('scan ebs:', () => {
  it('finds in a snapshot of an ext4 disk what the directory holds, and reads less than a tenth of it', async () => {
    const { disk } = await reportOf(`ebs:${ext4.id}`, 'first')

    expect(purls.length).toBeGreaterThan(300)
    expect(disk.volumes).toMatchObject([{ name: 'disk', holds: 'ext4' }])
    expect(disk.blocksTotal).toBe(ext4.blocks)
    expect(disk.blocksTotal).toBeGreaterThan(300)
    expect(disk.blocksRead / disk.blocksTotal).toBeLessThan(0.1)
    // From what was just found.
    expect(await purlsOf(`ebs:${ext4.id}`, 'first')).toEqual(purls)
  })

  it('does the same with xfs', async () => {
    const image = join(folder, 'xfs.img')
    makeXfsImage(source, image, [], 240 * MIB)
    const { id } = await uploadSnapshot(client, image)
    rmSync(image)

    const { disk } = await reportOf(`ebs:${id}`, 'first')

    expect(disk.volumes).toMatchObject([{ name: 'disk', holds: 'xfs' }])
    expect(disk.blocksRead / disk.blocksTotal).toBeLessThan(0.1)
    expect(await purlsOf(`ebs:${id}`, 'first')).toEqual(purls)
  })

  it('reads a later snapshot only where something that counted has changed', async () => {
    const image = join(folder, 'small.img')
    function make(): void {
      writeFileSync(image, '')
      truncateSync(image, 64 * MIB)
      runProgram('mke2fs', [
        '-q',
        '-t',
        'ext4',
        '-U',
        '01234567-89ab-4cde-8f01-23456789abcd',
        '-d',
        join(source, 'usr'),
        image,
      ])
    }
    make()
    const first = await uploadSnapshot(client, image)
    patch(image, 60 * MIB, randomBytes(1000))
    const second = await uploadSnapshot(client, image)
    patch(image, 1024 + 120, Buffer.from('renamed'))
    const third = await uploadSnapshot(client, image)
    rmSync(image)

    const reports = []
    for (const { id } of [first, second, third, third]) reports.push(await reportOf(`ebs:${id}`, 'remembering'))

    const [whole, unchanged, changed, again] = reports.map(({ disk }) => disk)
    expect(whole?.blocksRead).toBeGreaterThan(0)
    expect(unchanged).toMatchObject({ blocksRead: 0 })
    expect(unchanged?.notes.join()).toContain(`the scan of ${first.id} rested on has changed`)
    expect(changed?.blocksRead).toBeGreaterThan(0)
    expect(again).toMatchObject({ blocksRead: 0 })
    expect(new Set(reports.map(({ packageCount }) => packageCount)).size).toBe(1)
  })

  it.each([
    ['the id is none', 'ebs:vol-0123456789abcdef0', {}, /is not the id of an EBS snapshot/],
    ['no Region is known', 'ebs:snap-0123456789abcdef0', { AWS_REGION: '' }, /set AWS_REGION/],
  ])('says in a sentence that %s, and no secret', async (_, target, env, message) => {
    const run = await startCommand(['scan', target], environment('first', env))

    expect(run.status).not.toBe(0)
    expect(run.stderr).toMatch(message)
    expect(run.stdout + run.stderr).not.toContain(keys.secretAccessKey)
  })
})

/** Two thirds of the files and nearly all bytes are of no interest to a scan. */
function makeSource(): void {
  function file(path: string, content: string | Uint8Array): void {
    const whole = join(source, path)
    mkdirSync(dirname(whole), { recursive: true })
    writeFileSync(whole, content)
  }
  file('etc/os-release', 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n')
  const stanzas = Array.from(
    { length: 300 },
    (_, at) => `Package: package-${at}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.${at}-1\n`,
  )
  file('var/lib/dpkg/status', stanzas.join('\n'))
  for (let at = 0; at < 60; at += 1) {
    const manifest = JSON.stringify({ name: `module-${at}`, version: `2.0.${at}` })
    file(`usr/lib/node_modules/module-${at}/package.json`, manifest)
    file(`usr/lib/node_modules/module-${at}/index.js`, randomBytes(3000))
    const metadata = `Metadata-Version: 2.1\nName: wheel-${at}\nVersion: 3.${at}\n`
    file(`usr/lib/python3/dist-packages/wheel_${at}-3.${at}.dist-info/METADATA`, metadata)
  }
  for (let at = 0; at < 170; at += 1) file(`srv/data/part-${at % 9}/${at}.bin`, randomBytes(MIB))
}

function environment(home: string, over: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    OPENINSPECTOR_HOME: join(folder, home),
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: moto.url,
    AWS_CONFIG_FILE: '/dev/null',
    ...over,
  }
}

interface Result {
  readonly packageCount: number
  readonly disk: {
    readonly volumes: readonly unknown[]
    readonly notes: readonly string[]
    readonly blocksRead: number
    readonly blocksTotal: number
  }
}

async function reportOf(target: string, home: string): Promise<Result> {
  const run = await startCommand(['scan', target, '--format', 'json'], environment(home))
  if (run.stdout === '') throw new Error(run.stderr)
  return (JSON.parse(run.stdout) as { results: [Result] }).results[0]
}

async function purlsOf(target: string, home: string): Promise<readonly string[]> {
  const run = await startCommand(['sbom', target], environment(home))
  if (run.stdout === '') throw new Error(run.stderr)
  const { components } = JSON.parse(run.stdout) as { components: { purl?: string }[] }
  return components.flatMap(({ purl }) => purl ?? []).sort()
}

function patch(image: string, offset: number, bytes: Uint8Array): void {
  const file = openSync(image, 'r+')
  writeSync(file, bytes, 0, bytes.byteLength, offset)
  closeSync(file)
}
