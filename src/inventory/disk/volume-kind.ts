import type { BlockDevice } from './block-device.ts'
import { viewOf } from './bytes.ts'

/** What a device begins with. */
export interface VolumeKind {
  /** For people: `ext`, `swap`, `LUKS`. */
  readonly name: string
  readonly is:
    | 'file-system'
    | 'lvm'
    /** Holds no installed software: swap, boot loaders. */
    | 'nothing-to-read'
    | 'encrypted'
    | 'unsupported'
    /** A disk in a format of its own, of which these bytes are no picture. */
    | 'disk-format'
}

interface Magic {
  readonly at: number
  /** Latin-1 text, one character per byte. */
  readonly magic: string
  readonly kind: VolumeKind
}

const fileSystem = (name: string): VolumeKind => ({ name, is: 'file-system' })
const unsupported = (name: string): VolumeKind => ({ name, is: 'unsupported' })
const encrypted = (name: string): VolumeKind => ({ name, is: 'encrypted' })
const nothing = (name: string): VolumeKind => ({ name, is: 'nothing-to-read' })
const diskFormat = (name: string): VolumeKind => ({ name, is: 'disk-format' })

/** From the formats' own documents and util-linux's libblkid; the first that fits counts. */
const MAGICS: readonly Magic[] = [
  { at: 0, magic: 'QFI\xfb', kind: diskFormat('qcow2') },
  { at: 0, magic: 'QED\0', kind: diskFormat('qed') },
  { at: 0, magic: 'KDMV', kind: diskFormat('vmdk') },
  { at: 0, magic: 'COWD', kind: diskFormat('vmdk') },
  { at: 0, magic: '# Disk DescriptorFile', kind: diskFormat('vmdk') },
  { at: 0, magic: 'conectix', kind: diskFormat('vhd') },
  { at: 0, magic: 'vhdxfile', kind: diskFormat('vhdx') },
  { at: 0x40, magic: '\x7f\x10\xda\xbe', kind: diskFormat('vdi') },
  { at: 0, magic: '\x1f\x8b\x08', kind: diskFormat('gzip') },
  { at: 0, magic: '\xfd7zXZ\0', kind: diskFormat('xz') },
  { at: 0, magic: '\x28\xb5\x2f\xfd', kind: diskFormat('zstd') },
  { at: 0, magic: 'BZh', kind: diskFormat('bzip2') },
  { at: 0, magic: 'LUKS\xba\xbe', kind: encrypted('LUKS') },
  { at: 3, magic: '-FVE-FS-', kind: encrypted('BitLocker') },
  ...[0, 512, 1024, 1536].map(at => ({ at, magic: 'LABELONE', kind: { name: 'LVM2', is: 'lvm' } as const })),
  // Before file systems: version 1.1 and 1.2 lie where a file system's boot block would be.
  { at: 0, magic: '\xfc\x4e\x2b\xa9', kind: unsupported('Linux software RAID') },
  { at: 4096, magic: '\xfc\x4e\x2b\xa9', kind: unsupported('Linux software RAID') },
  { at: 0, magic: 'XFSB', kind: fileSystem('xfs') },
  { at: 1024 + 0x38, magic: '\x53\xef', kind: fileSystem('ext') },
  { at: 0x10040, magic: '_BHRfS_M', kind: unsupported('btrfs') },
  ...[4096, 8192, 16_384, 32_768, 65_536].flatMap(page =>
    ['SWAPSPACE2', 'SWAP-SPACE', 'S1SUSPEND\0'].map(magic => ({ at: page - 10, magic, kind: nothing('swap') })),
  ),
  { at: 1024, magic: '\xe2\xe1\xf5\xe0', kind: unsupported('erofs') },
  { at: 1024, magic: '\x10\x20\xf5\xf2', kind: unsupported('f2fs') },
  { at: 0, magic: 'hsqs', kind: unsupported('squashfs') },
  { at: 0x8001, magic: 'CD001', kind: unsupported('iso9660') },
  { at: 0x8000, magic: 'JFS1', kind: unsupported('jfs') },
  { at: 0x10034, magic: 'ReIsEr', kind: unsupported('reiserfs') },
  { at: 3, magic: 'NTFS    ', kind: unsupported('ntfs') },
  { at: 3, magic: 'EXFAT   ', kind: unsupported('exfat') },
  // EFI system partitions: boot loaders and firmware, which no package database lies on.
  { at: 82, magic: 'FAT32   ', kind: nothing('vfat') },
  { at: 54, magic: 'FAT16   ', kind: nothing('vfat') },
  { at: 54, magic: 'FAT12   ', kind: nothing('vfat') },
]
const HEAD_BYTES = 0x1_0100
/** Uberblocks of ZFS fill the second half of each 256 KiB label. */
const ZFS_AT = 128 * 1024
const ZFS_MAGIC = 0x00ba_b10c
const ZFS_SLOT_BYTES = 1024

/** `null` for what is not recognised. */
export async function volumeKindOf(device: BlockDevice): Promise<VolumeKind | null> {
  const head = await device.read(0, Math.min(HEAD_BYTES, device.sizeBytes))
  for (const { at, magic, kind } of MAGICS) if (startsWith(head, at, magic)) return kind
  return (await isZfs(device)) ? unsupported('zfs') : null
}

function startsWith(bytes: Uint8Array, at: number, magic: string): boolean {
  if (at + magic.length > bytes.byteLength) return false
  for (let index = 0; index < magic.length; index += 1) {
    if (bytes[at + index] !== magic.charCodeAt(index)) return false
  }
  return true
}

async function isZfs(device: BlockDevice): Promise<boolean> {
  if (device.sizeBytes < 2 * ZFS_AT) return false
  const view = viewOf(await device.read(ZFS_AT, ZFS_AT))
  for (let at = 0; at < ZFS_AT; at += ZFS_SLOT_BYTES) {
    if (view.getUint32(at, true) === ZFS_MAGIC || view.getUint32(at + 4, false) === ZFS_MAGIC) return true
  }
  return false
}
