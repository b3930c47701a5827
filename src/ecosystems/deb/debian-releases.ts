/**
 * Debian's releases by codename: the tracker and images of testing have no number. The numbers of releases to come are
 * given out with their names. (wiki.debian.org/DebianReleases)
 */
const NUMBERS: Readonly<Record<string, number>> = {
  squeeze: 6,
  wheezy: 7,
  jessie: 8,
  stretch: 9,
  buster: 10,
  bullseye: 11,
  bookworm: 12,
  trixie: 13,
  forky: 14,
  duke: 15,
}

/** `11` for `bullseye`; `null` for names that are no release (`sid`) or not known. */
export function debianReleaseOf(codename: string): number | null {
  return Object.hasOwn(NUMBERS, codename) ? (NUMBERS[codename] ?? null) : null
}
