import { ok } from '../../../base/result.ts'
import type { Extension } from '../extension.ts'

/** POST /openinspector/advisories/sync: looks at the feeds now instead of at the next interval; answers before that is done. */
export const syncAdvisories: Extension = {
  name: 'SyncAdvisories',
  method: 'POST',
  path: '/openinspector/advisories/sync',
  status: 200,
  async run(_request, { ports }) {
    await ports.work.syncAdvisories()
    return ok({ status: 'QUEUED' })
  },
}
