import fc from 'fast-check'
import { instant } from '../../src/base/clock.ts'
import type { Finding, VulnerablePackage } from '../../src/domain/finding.ts'
import { resourceId, vulnerabilityId } from '../../src/domain/ids.ts'
import { SEVERITIES } from '../../src/domain/severity.ts'
import {
  DATE_FIELDS,
  NUMBER_FIELDS,
  STRING_FIELDS,
  type DateField,
  type FindingFilter,
  type Interval,
  type NumberField,
  type PackageCondition,
  type StringCondition,
  type StringField,
} from '../../src/findings/finding-query.ts'
import {
  aDetection,
  aDigest,
  anEc2Description,
  aFindingOf,
  aNetworkDetection,
  anImage,
  anInstance,
  aResource,
  aScope,
  aVulnerablePackage,
} from './builders.ts'

/** What every finding passes. */
export const NO_FILTER: FindingFilter = {
  strings: {},
  dates: {},
  numbers: {},
  resourceTags: [],
  portRange: [],
  vulnerablePackages: [],
}

/** Few texts, so that filters often hit; with what could be taken for a wildcard, a quote or a surrogate. */
const TEXTS = ['', 'a', 'ab', 'ab%', 'a_', 'A', 'é', '\\', "'", '%', '😀', 'ab\uFFFD']
const TIMES = [0, 1, 1000, 1_700_000_000_000].map(instant)
const text = fc.constantFrom(...TEXTS)
const texts = fc.uniqueArray(text, { maxLength: 3 })
const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null })
const tags = fc.dictionary(fc.constantFrom('k', 'env', 'k%'), text, { maxKeys: 2 })

const arbitraryPackage: fc.Arbitrary<VulnerablePackage> = fc
  .record({
    name: text,
    version: text,
    release: orNull(text),
    epoch: fc.nat(2),
    arch: orNull(text),
    filePath: orNull(text),
    sourceLayerHash: orNull(text),
  })
  .map(aVulnerablePackage)

const arbitraryDetails = fc.oneof(
  fc
    .record({
      repositoryName: text,
      registry: text,
      imageTags: texts,
      pushedAt: orNull(fc.constantFrom(...TIMES)),
      architecture: orNull(text),
      imageHash: fc.constantFrom('a', 'b').map(aDigest),
    })
    .map(anImage),
  fc
    .record({ imageId: orNull(text), vpcId: orNull(text), subnetId: orNull(text) })
    .map(({ imageId, vpcId, subnetId }) => anInstance({ ec2: anEc2Description({ imageId, vpcId, subnetId }) })),
  fc.constant(anInstance()),
)

const arbitraryNetwork = fc
  .record({
    protocol: fc.constantFrom('TCP', 'UDP' as const),
    ports: fc.tuple(fc.nat(4), fc.nat(3)).map(([begin, more]) => ({ begin, end: begin + more })),
    steps: fc.array(fc.record({ componentId: text, componentType: text }), { minLength: 1, maxLength: 3 }),
    interfaceId: fc.constantFrom('eni-1', 'eni-2'),
  })
  .map(aNetworkDetection)

export function arbitraryFinding(): fc.Arbitrary<Finding> {
  return fc
    .record({
      accountId: fc.constantFrom('111122223333', '222233334444', '999999999999'),
      details: arbitraryDetails,
      tags,
      id: fc.constantFrom('r1', 'r2', 'r%'),
      status: fc.constantFrom('ACTIVE', 'SUPPRESSED', 'CLOSED' as const),
      times: fc.tuple(...[1, 2, 3].map(() => fc.constantFrom(...TIMES))),
      network: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, arbitraryNetwork),
      detection: fc.record({
        vulnerabilityId: fc.nat(8).map(number => vulnerabilityId(`CVE-${number}`)),
        title: text,
        severity: fc.constantFrom(...SEVERITIES),
        score: orNull(
          fc.constantFrom(0, 4.5, 7, 9.8).map(score => ({ score, vector: '', version: '3.1', source: '' })),
        ),
        fixAvailable: fc.constantFrom('YES', 'NO', 'PARTIAL' as const),
        exploit: orNull(
          fc.constantFrom({ isAvailable: true, lastKnownAt: TIMES[1]! }, { isAvailable: false, lastKnownAt: null }),
        ),
        epssScore: orNull(fc.constantFrom(0, 0.00001, 0.5, 0.97553, 1)),
        kev: orNull(fc.constant({ dateAdded: TIMES[1]!, dateDue: null, action: null, isUsedByRansomware: false })),
        exposure: fc.constantFrom('internet', 'connected-networks', 'none', 'unknown' as const),
        source: text,
        vendorSeverity: orNull(text),
        relatedVulnerabilities: texts,
        vulnerablePackages: fc.array(arbitraryPackage, { maxLength: 3 }),
      }),
    })
    .map(({ accountId, details, tags, id, status, times, network, detection }) =>
      aFindingOf(network ?? aDetection(detection), {
        // One resource is of one kind, so its id says which.
        resource: aResource({ scope: aScope({ accountId }), id: resourceId(`${details.type} ${id}`), details, tags }),
        status,
        firstObservedAt: times[0]!,
        lastObservedAt: times[1]!,
        updatedAt: times[2]!,
      }),
    )
}

const KNOWN_VALUES = [
  ...TEXTS, ...SEVERITIES, 'ACTIVE', 'CLOSED', 'YES', 'AWS', 'AWS_EC2', 'AWS_EC2_INSTANCE', 'eu-west-1', 'CVE-3', 'CVE',
  '111122223333', 'PACKAGE_VULNERABILITY', 'NETWORK_REACHABILITY', 'TCP', 'AWS_ECR_CONTAINER_IMAGE r1', 'sha256:', 'arn:aws:inspector2:',
] // prettier-ignore
const condition: fc.Arbitrary<StringCondition> = fc.record({
  comparison: fc.constantFrom('EQUALS', 'PREFIX', 'NOT_EQUALS'),
  value: fc.constantFrom(...KNOWN_VALUES),
})

function interval<T extends number>(value: fc.Arbitrary<T>): fc.Arbitrary<Interval<T>> {
  return fc.record({ from: orNull(value), to: orNull(value) })
}

function some<Value>(keys: readonly string[], value: fc.Arbitrary<Value>) {
  return fc.dictionary(fc.constantFrom(...keys), fc.array(value, { minLength: 1, maxLength: 3 }), {
    maxKeys: 2,
    noNullPrototype: true,
  })
}

const packageCondition: fc.Arbitrary<PackageCondition> = fc.record(
  {
    name: condition,
    version: condition,
    release: condition,
    architecture: condition,
    sourceLayerHash: condition,
    sourceLambdaLayerArn: condition,
    filePath: condition,
    epoch: interval(fc.constantFrom(0, 0.5, 1, 2)),
  },
  { requiredKeys: [] },
)

export function arbitraryFilter(): fc.Arbitrary<FindingFilter> {
  const instants = fc.constantFrom(...TIMES, instant(-1), instant(999.5), instant(8.64e15))
  return fc.record({
    strings: some(STRING_FIELDS, condition),
    dates: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, some(DATE_FIELDS, interval(instants))),
    numbers: fc.oneof(
      { weight: 3, arbitrary: fc.constant({}) },
      some(NUMBER_FIELDS, interval(fc.constantFrom(0, 0.00001, 0.5, 4.4, 4.5, 7, 10, 1e308, Infinity))),
    ),
    resourceTags: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      fc.array(fc.record({ key: fc.constantFrom('k', 'env', 'k%', 'none'), value: orNull(text) }), { maxLength: 2 }),
    ),
    portRange: fc.oneof(
      { weight: 5, arbitrary: fc.constant([]) },
      fc.array(interval(fc.constantFrom(0, 1, 2, 5)), { minLength: 1, maxLength: 2 }),
    ),
    vulnerablePackages: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      fc.array(packageCondition, { minLength: 1, maxLength: 2 }),
    ),
  })
}

/** What a filter means, said once more without SQL: an attribute is a list of the values that it has. */
export function matches(filter: FindingFilter, finding: Finding): boolean {
  const strings = Object.entries(filter.strings).every(([field, conditions]) =>
    holds(valuesOf(field as StringField, finding), conditions),
  )
  const dates = Object.entries(filter.dates).every(([field, intervals]) =>
    intervals.some(one => isWithin(dateOf(field as DateField, finding), one)),
  )
  const numbers = Object.entries(filter.numbers).every(([field, intervals]) =>
    intervals.some(one => isWithin(numberOf(field as NumberField, finding), one)),
  )
  const { tags } = finding.resource
  const tagged =
    filter.resourceTags.length === 0 ||
    filter.resourceTags.some(({ key, value }) => Object.hasOwn(tags, key) && (value === null || tags[key] === value))
  const packaged =
    filter.vulnerablePackages.length === 0 ||
    filter.vulnerablePackages.some(one => packagesOf(finding).some(pkg => isPackage(one, pkg)))
  return strings && dates && numbers && tagged && hasPorts(filter, finding) && packaged
}

function packagesOf({ detection }: Finding): readonly VulnerablePackage[] {
  return detection.type === 'PACKAGE_VULNERABILITY' ? detection.vulnerablePackages : []
}

function hasPorts({ portRange }: FindingFilter, { detection }: Finding): boolean {
  if (portRange.length === 0) return true
  if (detection.type !== 'NETWORK_REACHABILITY') return false
  const { begin, end } = detection.path.ports
  return portRange.some(({ from, to }) => (from ?? 0) <= end && begin <= (to ?? 65_535))
}

function holds(values: readonly string[], conditions: readonly StringCondition[]): boolean {
  const positive = conditions.filter(one => one.comparison !== 'NOT_EQUALS')
  const negative = conditions.filter(one => one.comparison === 'NOT_EQUALS')
  const meets = (one: StringCondition) =>
    values.some(value => (one.comparison === 'PREFIX' ? value.startsWith(one.value) : value === one.value))
  return (positive.length === 0 || positive.some(meets)) && negative.every(one => !values.includes(one.value))
}

function isWithin(value: number | null, { from, to }: Interval<number>): boolean {
  return value !== null && (from === null || value >= from) && (to === null || value <= to)
}

function isPackage({ epoch, ...parts }: PackageCondition, pkg: VulnerablePackage): boolean {
  const values = {
    name: pkg.name,
    version: pkg.version,
    release: pkg.release,
    architecture: pkg.arch,
    sourceLayerHash: pkg.sourceLayerHash,
    sourceLambdaLayerArn: null,
    filePath: pkg.filePath,
  }
  return (
    (epoch === undefined || isWithin(pkg.epoch, epoch)) &&
    Object.entries(parts).every(([part, one]) => holds(present(values[part as keyof typeof values]), [one]))
  )
}

function present(value: string | null | undefined): readonly string[] {
  return value === null || value === undefined ? [] : [value]
}

/** The values that a finding has for a field, none when it lacks the attribute. */
export function valuesOf(field: StringField, { arn, status, resource, detection }: Finding): readonly string[] {
  const { details, scope } = resource
  const image = details.type === 'AWS_ECR_CONTAINER_IMAGE' ? details : null
  const ec2 = details.type === 'AWS_EC2_INSTANCE' ? details.ec2 : null
  const packages = detection.type === 'PACKAGE_VULNERABILITY' ? detection : null
  const path = detection.type === 'NETWORK_REACHABILITY' ? detection.path : null
  const values: Partial<Record<StringField, readonly string[]>> = {
    findingArn: [arn],
    awsAccountId: [scope.accountId],
    findingType: [detection.type],
    severity: [detection.severity],
    findingStatus: [status],
    title: [detection.title],
    resourceType: [details.type],
    resourceId: [resource.id],
    ec2InstanceImageId: present(ec2?.imageId),
    ec2InstanceVpcId: present(ec2?.vpcId),
    ec2InstanceSubnetId: present(ec2?.subnetId),
    cloudVmImageReference: present(ec2?.imageId),
    cloudVmNetworkId: present(ec2?.vpcId),
    cloudVmSubnetIds: present(ec2?.subnetId),
    networkProtocol: present(path?.protocol),
    componentId: path?.steps.map(step => step.componentId) ?? [],
    componentType: path?.steps.map(step => step.componentType) ?? [],
    ecrImageArchitecture: present(image?.architecture),
    ecrImageRegistry: present(image?.registry),
    ecrImageRepositoryName: present(image?.repositoryName),
    ecrImageTags: image?.imageTags ?? [],
    ecrImageHash: present(image?.imageHash),
    vulnerabilityId: present(packages?.vulnerabilityId),
    vulnerabilitySource: present(packages?.source),
    vendorSeverity: present(packages?.vendorSeverity),
    relatedVulnerabilities: packages?.relatedVulnerabilities ?? [],
    fixAvailable: present(packages?.fixAvailable),
    exploitAvailable: packages?.exploit ? [packages.exploit.isAvailable ? 'YES' : 'NO'] : [],
    cloudProvider: ['AWS'],
    cloudProviderRegion: [scope.region],
    cloudProviderAccountId: [scope.accountId],
    cloudImageRepositoryName: present(image?.repositoryName),
    cloudImageRegistry: present(image?.registry),
    cloudImageDigest: present(image?.imageHash),
    cloudImageTags: image?.imageTags ?? [],
    cloudImageArchitecture: present(image?.architecture),
  }
  return values[field] ?? []
}

function dateOf(field: DateField, finding: Finding): number | null {
  const { details } = finding.resource
  switch (field) {
    case 'firstObservedAt':
    case 'lastObservedAt':
    case 'updatedAt':
      return finding[field]
    case 'ecrImagePushedAt':
    case 'cloudImagePushedAt':
      return details.type === 'AWS_ECR_CONTAINER_IMAGE' ? details.pushedAt : null
    case 'ecrImageLastInUseAt':
    case 'lambdaFunctionLastModifiedAt':
    case 'cloudImageLastInUseAt':
    case 'cloudServerlessFunctionLastModifiedAt':
      return null
  }
}

function numberOf(field: NumberField, finding: Finding): number | null {
  const { detection } = finding
  if (detection.type !== 'PACKAGE_VULNERABILITY') return null
  if (field === 'epssScore') return detection.epssScore
  return field === 'inspectorScore' ? (detection.score?.score ?? null) : null
}
