/**
 * Makes the samples of XFS file systems that were in use when the power went (src/inventory/disk/xfs/testdata/dirty-*): a
 * kernel writes them, is cut off with `xfs_io -x -c 'shutdown -f'`, and recovers a copy, of which the tree is written beside
 * the image. Needs root, loop devices, a kernel with XFS, and xfsprogs. Those of version 4, which newer kernels do not
 * mount, are made by the older kernel of `generate-dirty-xfs-4.sh`.
 *
 *   sudo node scripts/generate-dirty-xfs.ts [directory with NAME.before and NAME.tree of another kernel] [NAME...]
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { deviceSlice } from '../src/inventory/disk/block-device.ts'
import { findLogHead, LOG_BLOCK_BYTES, logRing, RECORD_MAGIC } from '../src/inventory/disk/xfs/log/ring.ts'
import { readXfsSuperblock } from '../src/inventory/disk/xfs/superblock.ts'
import { runProgram } from '../test/support/debian-image.ts'
import { contentOfDirectory } from '../test/support/disk-content.ts'
import { memoryDevice } from '../test/support/memory-device.ts'
import { packSectors } from '../test/support/sparse-image.ts'

const MIB = 1 << 20
const TESTDATA = join(import.meta.dirname, '../src/inventory/disk/xfs/testdata')
/** With these set, mkfs.xfs makes file systems of less than 300 MB. */
const SMALL_IS_FINE = { ...process.env, TEST_DIR: '/', TEST_DEV: '/', QA_CHECK_FS: '1' }

interface Sample {
  readonly name: string
  readonly options: readonly string[]
  /** What is written in place, and what only the log tells. */
  readonly before: string
  readonly after: string
}

const LONG = 'a-name-that-is-long-enough-for-large-directories-'.repeat(3)
const SAMPLES: readonly Sample[] = [
  {
    name: 'packages',
    options: [],
    before: `
      mkdir -p etc var/lib/rpm usr/share/doc
      echo ID=amzn > etc/os-release
      yes one | head -c 60000 > var/lib/rpm/rpmdb.sqlite
      for i in $(seq 120); do mkdir usr/share/doc/p$i; echo v1-$i > usr/share/doc/p$i/README; done`,
    after: `
      for i in $(seq 1 3 120); do rm -r usr/share/doc/p$i; done
      for i in $(seq 40); do mkdir usr/share/doc/q$i; echo v2-$i > usr/share/doc/q$i/COPYING; done
      yes two | head -c 50000 > var/lib/rpm/new; sync var/lib/rpm/new; mv var/lib/rpm/new var/lib/rpm/rpmdb.sqlite
      ln -s ../etc/os-release usr/release; ln -s ${'/far'.repeat(200)} usr/long`,
  },
  {
    name: 'many-transactions',
    options: ['-b', 'size=1024', '-n', 'size=4096', '-i', 'size=512'],
    before: 'mkdir d',
    after: `
      for i in $(seq 150); do echo $i > d/file-with-a-name-$i; sync d/file-with-a-name-$i; done
      for i in $(seq 1 2 150); do rm d/file-with-a-name-$i; done`,
  },
  {
    name: 'reuse',
    options: ['-m', 'rmapbt=1,reflink=1,bigtime=1', '-i', 'nrext64=1', '-s', 'size=4096'],
    before: `
      mkdir a node b; for i in $(seq 400); do echo $i > a/f$i; done
      for i in $(seq 700); do : > node/${LONG}$i; done`,
    after: `
      rm -r a; sync
      for i in $(seq 150); do mkdir -p b/d$i/sub; echo data $i > b/d$i/data; done
      for i in $(seq 1 2 150); do rm -r b/d$i; done
      for i in $(seq 1 3 700); do rm node/${LONG}$i; done
      for i in $(seq 200); do : > node/second-$i; done
      for i in $(seq 2 2 150); do mv b/d$i/data node/moved-$i; done
      for i in $(seq 0 2 120); do printf piece-$i | dd of=fragments bs=4096 seek=$i conv=notrunc,fsync status=none; done`,
  },
  {
    name: 'wrapped',
    options: ['-l', 'size=10m'],
    // Nearly to the end of the log, of which nothing counts any more when writing stops; then around it.
    before: `
      mkdir d
      for round in $(seq 90); do
        for i in $(seq 120); do : > d/$round-${LONG}$i; done
        [ $round -gt 1 ] && rm d/$((round - 1))-*
        sync
      done
      fsfreeze -f . ; fsfreeze -u .`,
    after: 'for i in $(seq 112); do : > d/last-$i; sync d/last-$i; done',
  },
]

const [givenBy, ...names] = process.argv.slice(2)
if (givenBy !== undefined && givenBy !== '-') {
  for (const name of names)
    keep(name, join(givenBy, `${name}.before`), readFileSync(join(givenBy, `${name}.tree`), 'utf8'))
} else {
  for (const sample of SAMPLES) if (names.length === 0 || names.includes(sample.name)) await make(sample)
}

async function make({ name, options, before, after }: Sample): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dirty-xfs-'))
  const [image, recovered, tree] = [join(folder, 'image'), join(folder, 'recovered'), join(folder, 'tree')]
  writeFileSync(image, '')
  truncateSync(image, 64 * MIB)
  mkdirSync(tree)
  runProgram('mkfs.xfs', ['-q', '-f', ...options, image], { env: SMALL_IS_FINE })
  runProgram('mount', ['-o', 'loop', image, tree])
  runProgram('sh', ['-ec', `cd ${tree}\n${before}\nsync\n${after}`])
  runProgram('xfs_io', ['-x', '-c', 'shutdown -f', tree])
  runProgram('umount', [tree])
  copyFileSync(image, recovered)
  runProgram('mount', ['-o', 'loop', recovered, tree])
  const content = await contentOfDirectory(tree)
  runProgram('umount', [tree])
  await forgetOldLog(image)
  keep(name, image, JSON.stringify(content))
  rmSync(folder, { recursive: true })
}

/** Leaves of the log's blocks that count for nothing only what says so, the number of their round: the sample becomes small. */
async function forgetOldLog(image: string): Promise<void> {
  const bytes = readFileSync(image)
  const device = memoryDevice(bytes)
  const log = (await readXfsSuperblock(device))?.log
  if (log === null || log === undefined) throw new Error('the image has no log of its own')
  const ring = logRing(deviceSlice(device, log.offset, log.sizeBytes))
  const head = await findLogHead(ring)
  if (head === null) throw new Error('the log was never used')
  const blockAt = (block: number): number =>
    log.offset + ((block + ring.blockCount) % ring.blockCount) * LOG_BLOCK_BYTES
  let newest = head - 1
  while (bytes.readUInt32BE(blockAt(newest)) !== RECORD_MAGIC) newest -= 1
  const tail = bytes.readUInt32BE(blockAt(newest) + 28)
  for (let block = head; block % ring.blockCount !== tail; block += 1) {
    const at = blockAt(block)
    bytes.fill(0, at + (bytes.readUInt32BE(at) === RECORD_MAGIC ? 8 : 4), at + LOG_BLOCK_BYTES)
  }
  writeFileSync(image, bytes)
}

function keep(name: string, image: string, tree: string): void {
  if (!existsSync(image)) throw new Error(`there is no ${image}`)
  const packed = gzipSync(packSectors(readFileSync(image)), { level: 9 })
  writeFileSync(join(TESTDATA, `dirty-${name}.sectors.gz`), packed)
  writeFileSync(join(TESTDATA, `dirty-${name}.tree.json.gz`), gzipSync(tree, { level: 9 }))
}
