import { decodeUtf8 } from '../../base/utf8.ts'

/** Bytes of a file that `mayBeSbom` wants to see. */
export const SBOM_HEAD_BYTES = 512

/** Whether the first bytes of a file may begin an SBOM of a format that is read; archives and disks do not begin so. */
export function mayBeSbom(head: Uint8Array): boolean {
  return /^\uFEFF?\s*(?:[{<#]|SPDXVersion:)/.test(decodeUtf8(head.subarray(0, SBOM_HEAD_BYTES)))
}
