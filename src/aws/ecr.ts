import {
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  type ImageDetail,
} from '@aws-sdk/client-ecr'

import { instant, type Clock, type Instant } from '../base/clock.ts'
import { err, ok, type Result } from '../base/result.ts'
import { parseDigest } from '../domain/ids.ts'
import type { EcrHost } from '../inventory/ecr-host.ts'
import type { ImageError } from '../inventory/image.ts'
import type { RegistryAddress } from '../inventory/registry-client.ts'
import type { ListedManifest } from '../scanning/image-registry.ts'
import type { EcrAccess } from '../scanning/registry-store.ts'
import { assumedRole, AWS_TIMEOUTS } from './assumed-role.ts'
import { imageErrorOfAws } from './aws-errors.ts'

/** One private registry of Amazon ECR, asked over AWS's own API. What that cannot give (manifests, layers) is read at `address`. */
export interface Ecr {
  /** Where the registry protocol is spoken, with a login that is good for a while. */
  address(): Promise<Result<Pick<RegistryAddress, 'url' | 'credentials' | 'isBasic'>, ImageError>>
  repositories(): Promise<Result<readonly string[], ImageError>>
  /** Every image of a repository, those without tags and archived ones included. */
  images(repository: string): Promise<Result<readonly ListedManifest[], ImageError>>
  close(): void
}

/** The SDK's client, as far as it is used here. */
export type EcrSender = Pick<ECRClient, 'send' | 'destroy'>

/** Most that one call may list. (ECR API, maxResults) */
const PAGE_SIZE = 1000
/** Pages after which a listing that does not end is given up; ECR allows 100,000 repositories and as many images in each. */
const MOST_PAGES = 200
/** A token lives 12 hours; it is renewed when this much is left, so that none ends in the middle of an image. (ECR API, GetAuthorizationToken) */
const RENEW_BEFORE_MS = 60 * 60 * 1000

type Address = Pick<RegistryAddress, 'url' | 'credentials' | 'isBasic'>

export function ecr(host: EcrHost, access: EcrAccess, clock: Clock, sender: EcrSender = clientOf(host, access)): Ecr {
  const { accountId } = host
  const what = `the registry ${host.host}`
  let login: {
    readonly address: Address
    readonly until: Instant
  } | null = null

  let asking: ReturnType<typeof askForLogin> | null = null

  async function address(): Promise<Result<Address, ImageError>> {
    if (login !== null && clock.now() < login.until) return ok(login.address)
    // Several images of a registry are read at once: one question answers all of them.
    asking ??= askForLogin().finally(() => {
      asking = null
    })
    return asking
  }

  async function askForLogin(): Promise<Result<Address, ImageError>> {
    try {
      const answer = await sender.send(new GetAuthorizationTokenCommand({ registryIds: [accountId] }))
      const [data] = answer.authorizationData ?? []
      const credentials = credentialsOf(data?.authorizationToken ?? '')
      const url = registryUrl(host, data?.proxyEndpoint)
      if (credentials === null || url === null) {
        return err({
          is: 'malformed',
          what: `the login of ${what}`,
          detail: 'no user name, password and https address',
        })
      }
      const expiresAt = data?.expiresAt?.getTime() ?? 0
      login = { address: { url, credentials, isBasic: true }, until: instant(expiresAt - RENEW_BEFORE_MS) }
      return ok(login.address)
    } catch (thrown) {
      return err(imageErrorOfAws(thrown, `the login of ${what}`))
    }
  }

  async function repositories(): Promise<Result<readonly string[], ImageError>> {
    return allPages(`the repositories of ${what}`, async nextToken => {
      const input = { registryId: accountId, maxResults: PAGE_SIZE, nextToken }
      const answer = await sender.send(new DescribeRepositoriesCommand(input))
      const names = (answer.repositories ?? []).flatMap(({ repositoryName }) => repositoryName ?? [])
      return { items: names, nextToken: answer.nextToken }
    })
  }

  async function images(repository: string): Promise<Result<readonly ListedManifest[], ImageError>> {
    const listed = await allPages(`the images of ${repository} in ${what}`, async nextToken => {
      const answer = await sender.send(
        new DescribeImagesCommand({
          registryId: accountId,
          repositoryName: repository,
          maxResults: PAGE_SIZE,
          nextToken,
          filter: { tagStatus: 'ANY', imageStatus: 'ANY' },
        }),
      )
      return { items: (answer.imageDetails ?? []).flatMap(listedManifest), nextToken: answer.nextToken }
    })
    // Deleted since it was listed, or never there: it holds nothing.
    return !listed.ok && listed.error.is === 'not-found' ? ok([]) : listed
  }

  return { address, repositories, images, close: () => sender.destroy() }
}

function clientOf(host: EcrHost, { roleArn, externalId }: EcrAccess): EcrSender {
  const { region, isFips } = host
  return new ECRClient({
    region,
    useFipsEndpoint: isFips,
    requestHandler: AWS_TIMEOUTS,
    ...(roleArn === null ? {} : { credentials: assumedRole({ roleArn, externalId, region }) }),
  })
}

/**
 * AWS names the place that its token is for. A FIPS host was asked for by name, and AWS's answer knows only the plain one.
 * Plain http is taken from an endpoint on this machine alone.
 */
function registryUrl(host: EcrHost, proxyEndpoint: string | undefined): string | null {
  if (host.isFips || proxyEndpoint === undefined) return `https://${host.host}`
  const url = URL.parse(proxyEndpoint)
  const isLoopback = url !== null && /^(?:localhost|127\.[0-9.]+|\[::1\])$/.test(url.hostname)
  return url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)) ? url.origin : null
}

/** `user:password` in base64. */
function credentialsOf(token: string): { readonly username: string; readonly password: string } | null {
  const text = Buffer.from(token, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 1 || colon === text.length - 1
    ? null
    : { username: text.slice(0, colon), password: text.slice(colon + 1) }
}

/** Nothing when AWS names no digest that we can read. */
function listedManifest(image: ImageDetail): readonly ListedManifest[] {
  const digest = parseDigest(image.imageDigest ?? '')
  if (digest === null) return []
  return [
    {
      digest,
      tags: image.imageTags ?? [],
      pushedAt: image.imagePushedAt === undefined ? null : instant(image.imagePushedAt.getTime()),
      pulledAt: image.lastRecordedPullTime === undefined ? null : instant(image.lastRecordedPullTime.getTime()),
      isArchived: image.imageStatus === 'ARCHIVED' || image.imageStatus === 'ACTIVATING',
    },
  ]
}

async function allPages<Item>(
  what: string,
  page: (nextToken: string | undefined) => Promise<{ items: readonly Item[]; nextToken: string | undefined }>,
): Promise<Result<readonly Item[], ImageError>> {
  const items: Item[] = []
  let nextToken: string | undefined
  try {
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const answer = await page(nextToken)
      items.push(...answer.items)
      nextToken = answer.nextToken
      if (nextToken === undefined) return ok(items)
    }
  } catch (thrown) {
    return err(imageErrorOfAws(thrown, what))
  }
  return err({ is: 'limit-exceeded', what, limit: 'listing', detail: `more than ${MOST_PAGES} pages` })
}
