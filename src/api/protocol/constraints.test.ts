import * as fc from 'fast-check'
import * as sdk from '@aws-sdk/client-inspector2'
import { describe, expect, it } from 'vitest'
import { MODELLED_OPERATIONS, MODELLED_SHAPES } from './constraints.generated.ts'
import { brokenByText, compilePattern, servedShapeOfMember, shapeNamed } from './constraints.ts'
import { SDK_OPERATION_COUNT, loadServiceModel } from './service-model.ts'

type Schema = readonly [number, string, string, unknown, readonly string[], readonly unknown[], number?]

const schemas = Object.values<unknown>(sdk).filter((value): value is Schema => Array.isArray(value))
const structures = schemas.filter(([kind]) => [3, 4, -3].includes(kind))

/**
 * Where the table (from a newer model) and the SDK's schemas differ; each line was looked at. Members that only the
 * model has belong to machine images, Google Cloud and severity counts that came later.
 */
const KNOWN_DIFFERENCES: Readonly<
  Record<string, { readonly sdk?: readonly string[]; readonly model?: readonly string[] }>
> = {
  AmiAggregation: { model: ['scanSources'] },
  AmiAggregationResponse: { model: ['scanSource'] },
  AutoEnable: { model: ['ami'] },
  CodeSecurityIntegrationSummary: { sdk: ['tags'] },
  CodeSecurityScanConfigurationSummary: { sdk: ['tags'] },
  Connector: { model: ['gcpRegions', 'gcpScopeConfiguration'] },
  CoverageFilterCriteria: { model: ['machineImageTags'] },
  Destination: { model: ['expectedBucketOwner'] },
  FilterCriteria: {
    model: ['machineImageId', 'machineImageName', 'machineImageOwnerAccountId', 'machineImagePlatform'],
  },
  GetConfigurationResponse: { model: ['amiConfiguration'] },
  ProviderDetailCreate: { model: ['gcp'] },
  ProviderDetailUpdate: { model: ['gcp'] },
  ResourceDetails: { model: ['machineImage'] },
  ResourceFilterCriteria: {
    model: [
      'cloudProvider', 'cloudProviderAccountId', 'cloudProviderOrgId', 'cloudProviderRegion', 'cloudVmInstanceTags',
      'cloudContainerImageTags', 'cloudContainerRepositoryName', 'cloudContainerRegistryName',
      'cloudServerlessFunctionName', 'cloudServerlessFunctionRuntime', 'cloudServerlessFunctionTags',
    ], // prettier-ignore
  },
  ResourceScanMetadata: { model: ['machineImage'] },
  ResourceState: { model: ['ami'] },
  ResourceStatus: { model: ['ami'] },
  SeverityCounts: { model: ['low', 'informational', 'untriaged'] },
  UpdateConfigurationInheritance: { model: ['amiConfiguration'] },
  UpdateConfigurationRequest: { model: ['amiConfiguration'] },
}

/** Operations that only the newer model has: recognised, and refused like all that are not served. */
const NEWER_OPERATIONS = ['GetOnDemandScanStatus', 'ListOnDemandScans', 'StartOnDemandScan']

describe('the constraint table', () => {
  it('has the operations of the SDK, on the same routes', async () => {
    const { routes } = await loadServiceModel()
    const known = routes.filter(route => route.messages !== null)

    expect(known).toHaveLength(SDK_OPERATION_COUNT)
    expect(known.map(({ name, method, path }) => [name, method, path])).toEqual(
      known.map(({ name }) => [name, MODELLED_OPERATIONS[name]?.method, MODELLED_OPERATIONS[name]?.path]),
    )
    expect(routes.filter(route => route.messages === null).map(route => route.name)).toEqual(NEWER_OPERATIONS)
  })

  it('has the members of every structure of the SDK, but for the differences that are known', () => {
    const differences: Record<string, object> = {}
    for (const [, , name, , members] of structures) {
      if (name === 'Inspector2ServiceException') continue
      const modelled = Object.keys(shapeNamed(name).members ?? {})
      const onlySdk = members.filter(member => !modelled.includes(member))
      const onlyModel = modelled.filter(member => !members.includes(member))
      if (onlySdk.length + onlyModel.length === 0) continue
      differences[name] = {
        ...(onlySdk.length > 0 ? { sdk: onlySdk } : {}),
        ...(onlyModel.length > 0 ? { model: onlyModel } : {}),
      }
    }

    expect(differences).toEqual(KNOWN_DIFFERENCES)
    expect(structures.length).toBeGreaterThan(350)
  })

  it('has the required members of every structure of the SDK', () => {
    for (const [kind, , name, , members, , required = 0] of structures) {
      if (kind === 4 || name === 'Inspector2ServiceException') continue

      expect([name, ...members.slice(0, required)].sort()).toEqual([name, ...(shapeNamed(name).required ?? [])].sort())
    }
  })

  it('has no pattern that takes long over hostile text', () => {
    const hostile = [':ecr:', 'a', '-', '/', '.', '1', 'arn:aws:ecr:', '/a.', '\\a', ' ', 'sha256:']
    for (const [name, shape] of Object.entries(MODELLED_SHAPES)) {
      if (shape.pattern === undefined) continue
      const started = performance.now()
      for (const piece of hostile) brokenByText(shape, `${piece.repeat(Math.floor(1_020 / piece.length))}!`)

      expect({ name, isQuick: performance.now() - started < 250 }).toEqual({ name, isQuick: true })
    }
  })

  it('holds patterns against the whole text', () => {
    expect(compilePattern('a|b').test('ab')).toBe(false)
    expect(brokenByText(shapeNamed('AccountId'), '1234567890123')).toEqual([
      'Member must have length less than or equal to 12',
      String.raw`Member must satisfy regular expression pattern: \d{12}`,
    ])
  })

  it('counts characters beyond the basic plane once', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '😀', 'é'), { maxLength: 30 }), all => {
        const isWithin = brokenByText({ type: 'string', max: 20 }, all.join('')).length === 0

        expect(isWithin).toBe(Array.from(all.join('')).length <= 20)
      }),
    )
  })

  it('differs from the model in one number only: conditions per field of a finding filter', () => {
    expect(servedShapeOfMember(shapeNamed('FilterCriteria'), 'severity').max).toBe(20)
    expect(servedShapeOfMember(shapeNamed('CoverageFilterCriteria'), 'resourceId').max).toBe(10)
  })
})
