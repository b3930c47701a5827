import { err, ok, type Result } from '../base/result.ts'
import type { ForwardBytes } from './forward-bytes.ts'
import { type PassingContent, type PassingMember, passMembers } from './passing-zip.ts'
import { type Answer, ZIP_LIMITS, type ZipMember, zipMembers, type ZipSource, zipTail } from './zip-archive.ts'

/** What was made of an archive that passed. */
export interface ConfirmedZip<T> {
  /** Wanted members in the order of the directory, with what was read of them. */
  readonly members: readonly { readonly name: string; readonly read: T }[]
  /** Names that only one of both lists gives, or both in different ways: nothing of them is believed. */
  readonly contradictions: readonly { readonly name: string; readonly detail: string }[]
  /** As in `ZipListing`. */
  readonly hasContent: boolean
}

interface Passed<T> {
  readonly member: PassingMember
  readonly compressedBytes: number
  readonly sizeBytes: number
  readonly read: T
}

/**
 * Reads an archive that passes once. Members are read as they come, by the headers in front of them; the directory at the
 * end decides which of them count. The runtime of Java and others go by the directory, some tools by the headers, and an
 * archive may be made to show each its own: what both do not say alike is a contradiction. (decisions/0029)
 *
 * `readHeld` reads a member that lies behind what is no member: from there on all is held, up to what a directory may have.
 */
export function* readPassingZip<T>(
  bytes: ForwardBytes,
  isWanted: (name: string) => boolean,
  read: (member: PassingMember, content: PassingContent) => Answer<T>,
  readHeld: (source: ZipSource, member: ZipMember) => Answer<T>,
): Answer<Result<ConfirmedZip<T>, string>> {
  const passed = new Map<number, Passed<T>>()
  const end = yield* passMembers(bytes, isWanted, function* (member, content) {
    // The directory is refused with so many.
    if (passed.size > ZIP_LIMITS.members) return
    const value = yield* read(member, content)
    const { compressedBytes, sizeBytes } = yield* content.packed(0)
    passed.set(member.headerOffset, { member, compressedBytes, sizeBytes, read: value })
  })
  const left = bytes.sizeBytes - end
  if (left > ZIP_LIMITS.directoryBytes) return err(`${left} bytes follow its members in place of a directory`)
  const tail = yield* bytes.take(left)
  if (tail === null) return err('it is cut off')
  const source = zipTail(bytes.sizeBytes, end, tail)
  const listing = yield* zipMembers(source, isWanted)
  if (!listing.ok) return listing
  const members: { name: string; read: T }[] = []
  const contradictions: { name: string; detail: string }[] = []
  for (const listed of listing.value.members) {
    const { name, headerOffset } = listed
    const known = passed.get(headerOffset)
    if (headerOffset >= end) members.push({ name, read: yield* readHeld(source, listed) })
    else if (known !== undefined && isSame(known, listed)) {
      passed.delete(headerOffset)
      members.push({ name, read: known.read })
    } else contradictions.push({ name, detail: 'its directory and what lies in it do not say the same' })
  }
  for (const { member } of passed.values()) {
    contradictions.push({ name: member.name, detail: 'lies in the archive unlisted' })
  }
  return ok({ members, contradictions, hasContent: listing.value.hasContent })
}

/** Whether the directory means what passed: then the bytes are those that a reader of the directory would find. */
function isSame({ member, compressedBytes, sizeBytes }: Passed<unknown>, listed: ZipMember): boolean {
  return (
    member.name === listed.name &&
    member.method === listed.method &&
    member.isEncrypted === listed.isEncrypted &&
    compressedBytes === listed.compressedBytes &&
    sizeBytes === listed.sizeBytes
  )
}
