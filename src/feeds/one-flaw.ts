/**
 * Which ids stand for the one flaw that a record is about, where it names several CVEs as one: its GHSA is about one flaw,
 * and so is the CVE whose page the record links to; the others are those of related flaws, with other fixes. Without such
 * a word all are kept. (retire.js gives lodash's GHSA-r5fr-rjxr-66jc the CVE of GHSA-35jh-r3h4-6jhm too; §2.10)
 */
export function idsOfOneFlaw(ids: readonly string[], links: readonly string[]): readonly string[] {
  const cves = ids.filter(isCve)
  if (cves.length < 2) return ids
  const linked = cves.filter(cve => links.some(link => link.endsWith(`nvd.nist.gov/vuln/detail/${cve}`)))
  const others = ids.filter(id => !isCve(id))
  if (linked.length === 1) return [...linked, ...others]
  return others.some(id => id.startsWith('GHSA-')) ? others : ids
}

function isCve(id: string): boolean {
  return id.startsWith('CVE-')
}
