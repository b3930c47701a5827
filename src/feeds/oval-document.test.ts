import { describe, expect, it } from 'vitest'
import { OvalReader } from './oval-document.ts'
import type { OvalRefusal } from './oval-document.ts'
import { XmlReader } from '../base/xml.ts'

function read(text: string): { reader: OvalReader; bad: string[] } {
  const bad: string[] = []
  const xml = new XmlReader()
  const reader = new OvalReader((reason: OvalRefusal, name) => bad.push(`${reason} ${name}`))
  for (const event of xml.push(text)) reader.take(event)
  xml.end()
  return { reader, bad }
}

function aDefinition(criteria: string, id = 'oval:a:def:1', metadata = '<title>CVE-2099-0001</title>'): string {
  return `<definition id="${id}" class="vulnerability"><metadata>${metadata}</metadata>${criteria}</definition>`
}

function aDocument(definitions: string, rest = ''): string {
  return `<oval_definitions><definitions>${definitions}</definitions>${rest}</oval_definitions>`
}

const TEST = `<tests><l:rpminfo_test id="oval:a:tst:7" check="all"><l:object object_ref="oval:a:obj:1"/>
  <l:state state_ref="oval:a:ste:1"/><l:state state_ref="oval:a:ste:2"/></l:rpminfo_test></tests>
  <objects><l:rpminfo_object id="oval:a:obj:1"><l:name>curl</l:name></l:rpminfo_object></objects>
  <states><l:rpminfo_state id="oval:a:ste:1"><evr datatype="evr_string" operation="less than"> 0:1-2 </evr></l:rpminfo_state>
  <l:rpminfo_state id="oval:a:ste:2"><arch operation="pattern match">(x86_64|aarch64)</arch></l:rpminfo_state></states>`

describe('a document of OVAL definitions', () => {
  it('keeps criteria as a tree, and tests with what they look at and expect', () => {
    const criteria = '<criteria operator="OR" negate="true"><criterion test_ref="oval:a:tst:7"/><criteria/></criteria>'
    const { reader } = read(aDocument(aDefinition(criteria), TEST))

    expect(reader.definitions[0]?.criteria).toEqual({
      operator: 'OR',
      isNegated: true,
      children: [
        { test: 7, isNegated: false },
        { operator: 'AND', isNegated: false, children: [] },
      ],
    })
    expect(reader.testOf(7)).toEqual({
      kind: 'rpminfo_test',
      check: 'all',
      existence: 'at_least_one_exists',
      object: [{ name: 'name', operation: 'equals', value: 'curl' }],
      states: [
        [{ name: 'evr', operation: 'less than', value: '0:1-2' }],
        [{ name: 'arch', operation: 'pattern match', value: '(x86_64|aarch64)' }],
      ],
    })
  })

  it('does not take the id of one namespace for that of another', () => {
    const criteria = '<criteria><criterion test_ref="oval:b:tst:7"/><criterion test_ref="oval:a:tst:7"/></criteria>'
    const { reader } = read(aDocument(aDefinition(criteria), TEST.replaceAll(':tst:7', ':tst:8')))

    const written = reader.definitions[0]?.criteria ?? null
    const tests = written !== null && 'children' in written ? written.children : []
    expect(tests.map(test => ('test' in test ? reader.testOf(test.test) : 'group'))).toEqual([null, null])
  })

  it('has no test without its object or one of its states', () => {
    expect(read(aDocument('', TEST.replace('id="oval:a:obj:1"', 'id="oval:a:obj:2"'))).reader.testOf(7)).toBeNull()
    expect(read(aDocument('', TEST.replace('id="oval:a:ste:2"', 'id="oval:a:ste:3"'))).reader.testOf(7)).toBeNull()
  })

  it('tells the CVEs with the scores of the vendor, not those of others', () => {
    const metadata = `<reference ref_id="Mitre CVE-2099-0001" source="CVE"/><reference ref_id="ELSA-1" source="elsa" ref_url="u"/>
      <advisory><severity>Low</severity><issued date="2099-01-02"/><updated date="2099-01-03"/>
      <cve cvss3="7.5/CVSS:3.1/AV:N" href="h">CVE-2099-0001 at SUSE</cve><cve cvss3="1.0/CVSS:3.1/AV:L">CVE-2099-0001 at NVD</cve>
      <cve cvss3="2/CVSS:3.0/AV:P" cvss4="3/CVSS:4.0/AV:N">CVE-2099-0002</cve></advisory>`
    const [definition] = read(aDocument(aDefinition('', 'a', metadata))).reader.definitions

    expect(definition).toMatchObject({
      cves: [
        { id: 'CVE-2099-0001', cvss: ['7.5/CVSS:3.1/AV:N'] },
        { id: 'CVE-2099-0002', cvss: ['3/CVSS:4.0/AV:N', '2/CVSS:3.0/AV:P'] },
      ],
      references: [{ source: 'elsa', id: 'ELSA-1', url: 'u' }],
      severity: 'Low',
      issued: '2099-01-02',
      updated: '2099-01-03',
      criteria: null,
    })
  })

  it('leaves out one definition that is beyond its bounds, and keeps the others', () => {
    const deep = `${'<criteria>'.repeat(40)}<criterion test_ref="t"/>${'</criteria>'.repeat(40)}`
    const long = aDefinition('', 'a'.repeat(257))
    const { reader, bad } = read(
      aDocument(aDefinition(deep, 'deep') + aDefinition('', '') + long + aDefinition('', 'fine')),
    )

    expect(reader.definitions.map(({ id }) => id)).toEqual(['fine'])
    expect(bad).toEqual(['criteria-too-large deep', 'no-id definition 2', 'no-id definition 3'])
    expect(reader.definitionCount).toBe(4)
  })

  it('leaves out a definition with more criteria than any has', () => {
    const wide = `<criteria>${'<criterion test_ref="t"/>'.repeat(100_001)}</criteria>`

    expect(read(aDocument(aDefinition(wide))).bad).toEqual(['criteria-too-large oval:a:def:1'])
  })
})
