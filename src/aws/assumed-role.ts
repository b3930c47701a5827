import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'

import type { Region } from '../domain/ids.ts'

export interface AssumedRole {
  readonly roleArn: string
  readonly externalId: string | null
  readonly region: Region
}

interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiration: Date
}

/** Seconds of a session: as long as one may last whose caller came by a role itself. (IAM User Guide, role chaining) */
const SESSION_SECONDS = 3600
/** As CloudTrail of the other account shows who came. */
const SESSION_NAME = 'OpenInspector'

/**
 * Credentials of a role, as AWS clients take them: they ask again before the session ends. The role is assumed with the
 * credentials that the SDK finds on this machine. (STS AssumeRole; Regional endpoint)
 */
export function assumedRole({ roleArn, externalId, region }: AssumedRole): () => Promise<AwsCredentials> {
  return async () => {
    const sts = new STSClient({ region, requestHandler: AWS_TIMEOUTS })
    try {
      const { Credentials: session } = await sts.send(
        new AssumeRoleCommand({
          RoleArn: roleArn,
          RoleSessionName: SESSION_NAME,
          DurationSeconds: SESSION_SECONDS,
          ...(externalId === null ? {} : { ExternalId: externalId }),
        }),
      )
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = session ?? {}
      if (!AccessKeyId || !SecretAccessKey || !SessionToken || Expiration === undefined) {
        throw new Error(`STS gave no credentials for ${roleArn}`)
      }
      return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        expiration: Expiration,
      }
    } finally {
      sts.destroy()
    }
  }
}

/** Milliseconds that an AWS endpoint may take to accept a connection and to answer; the SDK tries three times. */
export const AWS_TIMEOUTS = { connectionTimeout: 10_000, requestTimeout: 30_000 } as const
