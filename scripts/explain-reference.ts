import type { Explanation } from '../src/app/explain.ts'
import type { ExplainedFinding } from '../src/cli/commands/explain-finding.ts'

/** What each member of an object means; the type leaves none out and allows no other. */
type Meanings<Shape> = Readonly<Record<Extract<keyof Shape, string>, string>>
type Item<List extends readonly unknown[]> = List[number]
type Evidence = Item<Item<ExplainedFinding['finding']['vulnerablePackages']>['evidence']>

const explanation: Meanings<Explanation & { purl: string }> = {
  purl: 'What was asked about, as it was given. Not in the explanations of a finding.',
  schemaVersion: '1. It is raised when a member goes or changes its meaning; new members may come at any time.',
  advisoryVersion: 'Content name of the advisory database that answered.',
  asked: 'The id that was given, or that of the finding.',
  vulnerabilityId: 'The vulnerability that it stands for: the CVE where there is one.',
  subject: 'What was compared.',
  outcome:
    '`affected`, `not-affected`, `undetermined` (nothing that could tell), `unimportant` (affected, but nobody calls it worth a finding), `not-named` (no advisory about the vulnerability names the package) or `not-covered` (no feed speaks about the namespace: not known).',
  because: 'The outcome in a sentence.',
  notes: 'What must be known beside the outcome.',
  fixedVersion: 'The version that ends all of it, as an advisory writes it; `null` when none is known.',
  counted: 'Advisories that counted.',
  rejected: 'Advisories about package and vulnerability that did not count: members as in `counted`, with the rule.',
  unrelated:
    '`items`: records about the vulnerability that say nothing about the package; `total`: how many there are.',
  otherNamespaces: 'The same name elsewhere, which never counts.',
  feeds: 'The parts of feeds that the advisories above came with.',
  severity: 'Why the vulnerability is as severe as its finding says.',
  source: 'Whose word describes it, `name` and `url`; `null` when nobody does.',
  otherNames: 'Other ids of the vulnerability.',
  epss: '`score`, `percentile` and `date` of EPSS; `null` when there is no score.',
  knownExploited:
    '`dateAdded`, `dueDate`, `requiredAction`, `ransomware` of the KEV catalog; `null` when it is not listed.',
  exploitAvailable: 'Whether an exploit is known to be available; `null` when no source that would know was fetched.',
  publishedExploits: 'What Exploit-DB and Metasploit have for it, one entry each.',
  lastKnownExploitAt: 'The newest day that KEV, Exploit-DB or Metasploit gives; `null` for none.',
  disputed: 'Whether somebody disputes that it is a flaw.',
  unsupportedWhenAssigned: 'Whether the product was out of support when the id was given.',
}

const subject: Meanings<Explanation['subject']> = {
  packageName: 'As installed.',
  packageVersion: 'As installed.',
  namespace: 'Where its advisories are looked for, e.g. `npm` or `debian:11`; `null` when it is not known.',
  name: 'The name that advisories use: for Debian that of the source package.',
  version: 'The version that is held against ranges.',
  scheme: 'The order of versions.',
  covering: '`fully`, `by-starter-only` (the bundled advisories alone) or `not-at-all`.',
  unreadable: 'Why the version cannot be ordered; `null` when it can.',
}

const counted: Meanings<Item<Explanation['counted']>> = {
  advisoryId: 'As its source calls it.',
  feed: 'The feed that it came with.',
  part: 'The part of the feed.',
  contentVersion: 'Content name of that part: equal content, equal name.',
  vulnerabilityIds: 'The vulnerabilities that it is about.',
  idsBecause: 'How it came to go by them.',
  aliases: 'Other ids that it gives.',
  verdict: '`affected`, `not-affected` or `undetermined`.',
  because: 'Which range or listed version, or why nothing can be told.',
  ranges:
    'Each range with its `outcome` and the `comparisons` that were made, e.g. `1.4.0 < 1.5.0 (fixed)`; those that hold the version come first.',
  omittedRanges: 'Ranges that are not told one by one.',
  listedVersions: 'Versions that it lists one by one.',
  fixedVersion: 'The fix that it names for this version; `null` for none.',
  state: 'What the vendor says of the flaw, e.g. `will-not-fix`; `null` for nothing.',
  channel: 'The channel of builds that it is about; `null` for all.',
  isUnreviewed: 'Whether its source says that nobody has reviewed it.',
  otherSystems:
    'Systems that it is about where Linux is none of them, e.g. `windows`: it then says "not affected"; `null` for all.',
  role: '`decides`, or `agrees` with a source of a better rank and may know a fix. Only in `counted`.',
  rank: 'How far its source is believed; the best rank that can tell decides. Only in `counted`.',
  otherLineRanges: 'Ranges about other lines of builds, which were not looked at. Only in `counted`.',
}

type OnlyRejected = Omit<Item<Explanation['rejected']>, keyof Item<Explanation['counted']>>
const rejected: Meanings<OnlyRejected> = {
  rejectedBy:
    "`vendor-feed` (the distribution's own feed alone counts), `lower-rank`, `other-line` (another channel, line of builds or architecture), `rejected-vulnerability` (the CVE itself is rejected) or `other-id` (it goes by another id by now).",
  rejectedBecause: 'The rule in a sentence.',
}

const unrelated: Meanings<Item<Explanation['unrelated']['items']>> = {
  advisoryId: 'As its source calls it.',
  feed: 'The feed that it came with.',
  part: 'The part of the feed.',
  is: '`withdrawn`, `other-packages`, or `no-packages` (it describes the flaw alone).',
  names: 'The first few names that it speaks about.',
}

const otherNamespace: Meanings<Item<Explanation['otherNamespaces']>> = {
  namespace: 'The namespace.',
  name: 'The name.',
  entryCount: 'How many entries it has there.',
  aboutCount: 'How many of them are about the vulnerability.',
}

const feed: Meanings<Item<Explanation['feeds']>> = {
  feed: 'The feed.',
  part: 'Its part.',
  fetchedAt: 'When it was last fetched, changed or not; `null` for never.',
  newestModified: 'The newest change that the part itself names; `null` when it names none.',
  lastError: 'Why the last attempt brought nothing; `null` when it did.',
}

const severity: Meanings<Explanation['severity']> = {
  severity: '`CRITICAL`, `HIGH`, `MEDIUM`, `LOW`, `INFORMATIONAL` or `UNTRIAGED`.',
  rule: 'Which rule chose it: `cvss-3`, `vendor-word`, `bare-score`, `cvss-4`, `cvss-2` or `nothing`.',
  because: 'The rule in a sentence.',
  chosen: 'The score that it comes from: `version`, `baseScore`, `vector`, `source`; `null` when it comes from none.',
  scores: 'Every score in the order of preference, the chosen one marked by `isChosen`.',
  bareScore: 'A number that came without a vector; `null` for none.',
  vendorWord: "The vendor's `word` and the `severity` that it stands for; `null` for none.",
}

const publishedExploit: Meanings<Item<Explanation['publishedExploits']>> = {
  catalog: '`exploit-db` or `metasploit`.',
  name: 'The newest entry in its own words, e.g. `EDB-50592`.',
  reportedAt:
    'The day of that entry: when it was published, for a module when it was last changed; `null` when unknown.',
  count: 'How many entries it has.',
}

const answer: Meanings<ExplainedFinding> = {
  finding: 'What the server stored.',
  explanations:
    'One explanation, as above, for each thing that was compared then, by the advisories of the machine that asks. Empty where nothing was compared.',
}

const finding: Meanings<ExplainedFinding['finding']> = {
  findingArn: 'The ARN.',
  findingType: '`PACKAGE_VULNERABILITY` or `NETWORK_REACHABILITY`.',
  status: '`ACTIVE`, `SUPPRESSED` or `CLOSED`.',
  firstObservedAt: 'When it was first seen.',
  lastObservedAt: 'When it was last seen.',
  closedAt: 'When it was closed; `null` while it is open.',
  closeReason: '`remediated`, `resource-gone` or `not-eligible`; `null` while it is open.',
  resourceId: 'The resource.',
  title: 'Its title.',
  vulnerabilityId: 'The vulnerability; left out of findings that are about none.',
  description: 'Its description as stored.',
  recommendation: 'What to do, where it is not to install a fix; else `null`.',
  inspectorScore:
    'The score of a package finding: `score`, `vector`, `source`, the `base` score and vector, the `adjustments` that the context of an instance makes (score.md), and how far its network opens it (`exposure`, `null` where nobody evaluated that); `null` without a score.',
  vulnerablePackages:
    'The packages that it is about, each with the evidence of its match; empty when it is about none.',
  networkPath:
    'The open path that it is about, else left out: `edge`, `interfaceId`, `family`, `protocol`, `ports`, `sources` (the first 1,000 of `sourceCount`), `targetAddresses`, `publicAddresses`, `frontendPorts`, `via`, `steps`, `hops` (each `componentId`, `direction`, `rule` and `detail`), `alternatePathCount`, `confidence` with its `assumptions`, `services` that decide the `severity`, and `listening`: the sockets that answer there, by the agent of the instance, `null` where it has none.',
}

const vulnerablePackage: Meanings<Item<ExplainedFinding['finding']['vulnerablePackages']>> = {
  name: 'As installed.',
  version: 'Without epoch and release for packages of an operating system.',
  release: 'The release of such a package; else `null`.',
  foundIn: 'The file that says that it is installed.',
  evidence: 'What was compared; empty when nothing is stored.',
}

const evidence: Meanings<Evidence> = {
  advisoryId: 'The advisory.',
  feed: 'The feed that it came with.',
  namespace: 'Where it was looked for.',
  comparedName: 'The name that was looked for.',
  comparedVersion: 'The version that was compared.',
  range: 'The range that held it.',
  fixedVersion: 'The fix that the range names; `null` for none.',
  state: 'What the vendor said of it; left out when nothing.',
}

/** Each object of the JSON of `openinspector explain`: where it stands, and what its members mean. */
export const EXPLAIN_OBJECTS: readonly {
  readonly at: string
  readonly members: Readonly<Record<string, string>>
}[] = [
  { at: '', members: explanation },
  { at: 'subject', members: subject },
  { at: 'counted[]', members: counted },
  { at: 'rejected[]', members: rejected },
  { at: 'unrelated.items[]', members: unrelated },
  { at: 'otherNamespaces[]', members: otherNamespace },
  { at: 'feeds[]', members: feed },
  { at: 'severity', members: severity },
  { at: 'publishedExploits[]', members: publishedExploit },
]

/** The same of a finding's ARN. */
export const EXPLAIN_FINDING_OBJECTS: typeof EXPLAIN_OBJECTS = [
  { at: '', members: answer },
  { at: 'finding', members: finding },
  { at: 'finding.vulnerablePackages[]', members: vulnerablePackage },
  { at: 'finding.vulnerablePackages[].evidence[]', members: evidence },
]

/** docs/reference/explain.md */
export function explainPage(): string {
  const tables = (objects: typeof EXPLAIN_OBJECTS): string[] =>
    objects.flatMap(({ at, members }) => [
      ...(at === '' ? [] : [`### \`${at}\``, '']),
      '| Member | Meaning |',
      '| --- | --- |',
      ...Object.entries(members).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`),
      '',
    ])
  return [
    '# The JSON of `openinspector explain`',
    '',
    'What `openinspector explain … --format json` prints. Made from the code (`npm run docs`): a member that is not described here does not compile. Times are',
    'RFC 3339 in UTC. Members are never left out unless it is said; what is not known is `null`.',
    '',
    '## Of a package URL and a vulnerability',
    '',
    'Answered from the advisory database of this machine, without a server or a network. The exit code is 0 whatever the outcome is.',
    '',
    ...tables(EXPLAIN_OBJECTS),
    "## Of a finding's ARN",
    '',
    'Asked of a running server, and held against the advisories of the machine that asks. Members beside those of the evidence may come from later servers.',
    '',
    ...tables(EXPLAIN_FINDING_OBJECTS),
  ].join('\n')
}
