import { z } from 'zod'

/** Forms as IAM and STS define them. (IAM API, AssumeRole: RoleArn, ExternalId) */
export const roleArnShape = z
  .string()
  .regex(/^arn:aws[a-z-]{0,20}:iam::[0-9]{12}:role\/[\w+=,.@/-]{1,512}$/, 'must be the ARN of a role')
export const externalIdShape = z
  .string()
  .regex(/^[\w+=,.@:/-]{2,1224}$/, 'must have 2 to 1224 letters, digits or any of _+=,.@:/-')
