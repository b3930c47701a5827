import { sql, type RawBuilder } from 'kysely'
import type { FindingType } from '../domain/finding.ts'
import type { ResourceType } from '../domain/resource.ts'
import type { FindingSort } from '../findings/finding-query.ts'
import type { Condition } from './conditions.ts'

/** A column to sort by, and what its values are in a page token. */
export interface SortColumn {
  readonly column: RawBuilder<string | number | null>
  /** The table of the column in `FINDINGS`, whose index is walked. */
  readonly table: 'f' | 's'
  readonly type: 'text' | 'smallint' | 'integer' | 'bigint' | 'double precision'
  readonly isNullable: boolean
  /** Holds of all rows without the key where an index leads to them: the index of the key leaves them out. */
  readonly missing?: Condition
}

/** Whose findings have a repository and a registry. */
const IS_IMAGE: Readonly<Record<ResourceType, boolean>> = { AWS_EC2_INSTANCE: false, AWS_ECR_CONTAINER_IMAGE: true }
/** Which findings have a protocol. */
const IS_NETWORK: Readonly<Record<FindingType, boolean>> = { PACKAGE_VULNERABILITY: false, NETWORK_REACHABILITY: true }

const NO_IMAGE = isOneWithout(sql`f.resource_type`, IS_IMAGE)
const NO_NETWORK = isOneWithout(sql`f.finding_type`, IS_NETWORK)

/** Every sort field with its column. Without one, account and ARN alone give the order: the account leads it anyway. */
export const SORT_COLUMNS: Readonly<Record<FindingSort['field'], SortColumn | null>> = {
  AWS_ACCOUNT_ID: null,
  FINDING_TYPE: { column: sql`f.finding_type`, table: 'f', type: 'text', isNullable: false },
  SEVERITY: { column: sql`s.severity_rank`, table: 's', type: 'smallint', isNullable: false },
  FIRST_OBSERVED_AT: { column: sql`f.first_observed_at`, table: 'f', type: 'bigint', isNullable: false },
  LAST_OBSERVED_AT: { column: sql`s.last_observed_at`, table: 's', type: 'bigint', isNullable: false },
  FINDING_STATUS: { column: sql`f.status`, table: 'f', type: 'text', isNullable: false },
  RESOURCE_TYPE: { column: sql`f.resource_type`, table: 'f', type: 'text', isNullable: false },
  ECR_IMAGE_PUSHED_AT: { column: sql`f.image_pushed_at`, table: 'f', type: 'bigint', isNullable: true },
  ECR_IMAGE_REPOSITORY_NAME: {
    column: sql`f.image_repository`,
    table: 'f',
    type: 'text',
    isNullable: true,
    missing: NO_IMAGE,
  },
  ECR_IMAGE_REGISTRY: { column: sql`f.image_registry`, table: 'f', type: 'text', isNullable: true, missing: NO_IMAGE },
  NETWORK_PROTOCOL: {
    column: sql`f.network_protocol`,
    table: 'f',
    type: 'text',
    isNullable: true,
    missing: NO_NETWORK,
  },
  // Of the edge, where the path begins: paths have many. (inferred)
  COMPONENT_TYPE: { column: sql`f.edge_type`, table: 'f', type: 'text', isNullable: true },
  VULNERABILITY_ID: { column: sql`f.vulnerability_id`, table: 'f', type: 'text', isNullable: true },
  VULNERABILITY_SOURCE: { column: sql`f.vulnerability_source`, table: 'f', type: 'text', isNullable: true },
  INSPECTOR_SCORE: { column: sql`s.score`, table: 's', type: 'double precision', isNullable: true },
  VENDOR_SEVERITY: { column: sql`f.vendor_severity`, table: 'f', type: 'text', isNullable: true },
  RISK: { column: sql`s.risk`, table: 's', type: 'integer', isNullable: false },
  EPSS_SCORE: { column: sql`s.epss_score`, table: 's', type: 'double precision', isNullable: true },
}

/** Most severe first, which is what the console opens with. */
export const DEFAULT_SORT: FindingSort = { field: 'SEVERITY', order: 'DESC' }

function isOneWithout(column: RawBuilder<unknown>, has: Readonly<Record<string, boolean>>): Condition {
  const names = Object.keys(has).filter(name => has[name] === false)
  return sql<boolean>`${column} in (${sql.join(names.map(name => sql.lit(name)))})`
}

/** Whether a value from a token can be a key of this column. */
export function isKeyOf(sortColumn: SortColumn | null): (key: unknown) => key is string | number | null {
  return (key): key is string | number | null => {
    if (key === null) return sortColumn === null || sortColumn.isNullable
    if (sortColumn === null) return false
    switch (sortColumn.type) {
      case 'text':
        return typeof key === 'string' && key.isWellFormed() && !key.includes('\0')
      case 'smallint':
        return typeof key === 'number' && Number.isInteger(key) && Math.abs(key) < 2 ** 15
      case 'integer':
        return typeof key === 'number' && Number.isInteger(key) && Math.abs(key) < 2 ** 31
      case 'bigint':
        return typeof key === 'number' && Number.isSafeInteger(key)
      case 'double precision':
        return typeof key === 'number'
    }
  }
}
