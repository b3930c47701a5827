import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { instant } from '../src/base/clock.ts'
import type { FindingChange } from '../src/domain/finding.ts'
import { parseAccountId, parseRegion, resourceId, vulnerabilityId, type Scope } from '../src/domain/ids.ts'
import type { ExposureLevel } from '../src/domain/network/open-path.ts'
import type { Resource } from '../src/domain/resource.ts'
import { reconcile } from '../src/findings/reconcile.ts'
import { applyNetwork } from '../src/scanning/apply-network.ts'
import { openDatabase } from '../src/store/open-database.ts'
import { pgAccountStore } from '../src/store/pg-account-store.ts'
import { pgNetworkStore } from '../src/store/pg-network-store.ts'
import { pgScanStore } from '../src/store/pg-scan-store.ts'
import { systemClock } from '../src/system/clock.ts'
import { aDetection, aResource, anInstance } from '../test/support/builders.ts'
import { aNetwork, anInstance as described } from '../test/support/network-builder.ts'

const INSTANCES = 1_000
/** Of each instance; every second is over the network, and scored by how far the instance is open. */
const FINDINGS = 50

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** How long it takes until the findings of a thousand instances are scored by a network that changed. */
export async function measureExposure(): Promise<void> {
  console.log(
    `node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}; PGlite in a directory`,
  )
  const directory = await mkdtemp(join(tmpdir(), 'openinspector-bench-'))
  const database = await openDatabase({ directory })
  try {
    const scope: Scope = { accountId: parseAccountId('111122223333')!, region: parseRegion('eu-west-1')! }
    const parts = {
      networks: pgNetworkStore(database),
      store: pgScanStore(database),
      accounts: pgAccountStore(database),
      clock: systemClock,
      sha256,
    }
    await parts.accounts.changeStatuses(scope, () => ({ EC2: 'ENABLED' }), instant(0))
    const ids = Array.from({ length: INSTANCES }, (_, index) => `i-${index.toString(16).padStart(17, '0')}`)
    for (const id of ids) await fill(parts.store, scope, id)

    const snapshot = aNetwork({ instances: ids.map(id => described(id)) })
    const { signal } = new AbortController()
    const evaluate = async (what: string, exposure: ExposureLevel): Promise<void> => {
      const start = performance.now()
      const verdict = { pathsOf: () => [], notices: [], missing: [], exposureOf: () => exposure }
      await applyNetwork(parts, scope, snapshot, verdict, signal)
      console.log(`${what.padEnd(64)} ${Math.round(performance.now() - start)} ms`)
    }
    const half = (INSTANCES * FINDINGS) / 2
    await evaluate(`first look at ${INSTANCES} instances, ${INSTANCES * FINDINGS} package findings`, 'internet')
    await evaluate('nothing changed', 'internet')
    await evaluate(`closed to the internet: ${half} findings scored otherwise`, 'none')
    await evaluate(`open again: ${half} findings scored otherwise`, 'internet')
    await evaluate(`not known any more: no score changes`, 'unknown')
  } finally {
    await database.close()
    await rm(directory, { recursive: true, force: true })
  }
}

async function fill(store: ReturnType<typeof pgScanStore>, scope: Scope, id: string): Promise<void> {
  const resource = aResource({ scope, id: resourceId(id), details: anInstance() })
  await store.commit(resource, () => ({
    coverage: { resource, scanType: 'PACKAGE', reason: 'SUCCESSFUL', detail: null, problems: [], lastScannedAt: null },
    inventory: 'keep',
    matchedWith: 'keep',
    changes: opened(resource),
    retire: false,
  }))
}

function opened(resource: Resource): readonly FindingChange[] {
  const local = { score: 7.8, vector: 'CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H', version: '3.1', source: 'NVD' }
  const detections = Array.from({ length: FINDINGS }, (_, index) =>
    aDetection({ vulnerabilityId: vulnerabilityId(`CVE-2026-${index}`), ...(index % 2 === 0 ? {} : { score: local }) }),
  )
  return reconcile([], { resource, detections, absence: 'remediated', provesGone: () => true }, instant(0), sha256)
}
