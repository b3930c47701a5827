import { createHash } from 'node:crypto'
import { setPriority } from 'node:os'
import type { Http } from '../../base/http.ts'
import type { ReportedIdentity } from '../../scanning/host-store.ts'
import { ec2InstanceId, isEc2Instance } from '../../system/ec2-instance-id.ts'
import { nodeHttp } from '../../system/http-client.ts'
import { thisHost } from '../../system/this-host.ts'
import type { AgentSettings, AgentTask, TaskOutcome } from './agent-settings.ts'
import { agentState } from './agent-state.ts'
import { sendReport } from './send-report.ts'
import { searchLanguages, takeInventory, takeRuntime } from './take-inventory.ts'
import { readTokenFile } from './token-file.ts'

/** Behind whatever the machine is for; a search may take its time. (nice(2); the VM Scanner of §6.1 runs at 3) */
const NICENESS: Readonly<Record<AgentTask, number>> = { report: 5, send: 5, search: 15 }

/** What one short-lived process of the agent does. Its memory goes with it. */
export async function runAgentTask(
  task: AgentTask,
  settings: AgentSettings,
  agentVersion: string,
): Promise<TaskOutcome> {
  lowerPriority(NICENESS[task])
  const state = agentState(settings.stateDirectory)
  if (task === 'search') {
    state.keepSearched(await searchLanguages(settings, state.searched(), Date.now()))
    return { isDone: true, isKept: false, error: null, needsPerson: false, checkInSeconds: null }
  }
  if (task === 'report') {
    const searched = state.searched()
    const inventory = await takeInventory(settings, searched, Date.now())
    const runtime = await takeRuntime(settings, Date.now())
    state.keep(inventory, runtime, searched !== null, Date.now())
  }
  const token = readTokenFile(settings.tokenFile)
  if (!token.ok) return failed(token.error, true)
  const http = nodeHttp({ userAgent: `openinspector-agent/${agentVersion}` })
  try {
    const sent = await sendReport(
      { http, server: settings.server, token: token.value },
      whoWeAre(settings.root, state.ownKey(), agentVersion, await instanceIdOf(settings, http)),
      () => state.waiting(),
      above => state.raiseSequence(above),
    )
    if (!sent.ok) return failed(sent.error.detail, sent.error.needsPerson)
    return { isDone: true, isKept: true, error: null, needsPerson: false, checkInSeconds: sent.value.checkInSeconds }
  } finally {
    http.close()
  }
}

function failed(error: string, needsPerson: boolean): TaskOutcome {
  return { isDone: false, isKept: true, error, needsPerson, checkInSeconds: null }
}

/** Nobody is asked elsewhere: what answers at that address on another network is none of our business. */
async function instanceIdOf({ asksEc2, root }: AgentSettings, http: Http): Promise<string | null> {
  if (!asksEc2 && !isEc2Instance(root)) return null
  // The variable by which the AWS SDKs are told of another address, e.g. that of IPv6.
  return ec2InstanceId(http, process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT']?.replace(/\/+$/, ''))
}

/** The machine id itself stays here: it may not be given to strangers, a hash for one purpose may. (machine-id(5)) */
function whoWeAre(
  root: string,
  ownKey: string,
  agentVersion: string,
  instanceId: string | null,
): { readonly machineKey: string; readonly identity: ReportedIdentity } {
  const { machineId, hostName, ipV4Addresses, ipV6Addresses } = thisHost(root)
  // A host name may change or be shared by many machines.
  const of = machineId.startsWith('host-name:') ? `own-key:${ownKey}` : `machine-id:${machineId}`
  return {
    machineKey: createHash('sha256').update(`openinspector-agent:${of}`).digest('hex'),
    identity: {
      hostName: hostName?.slice(0, 253) ?? null,
      ipV4Addresses: ipV4Addresses.slice(0, MOST_ADDRESSES),
      ipV6Addresses: ipV6Addresses.slice(0, MOST_ADDRESSES),
      agentVersion,
      ...(instanceId === null ? {} : { instanceId }),
    },
  }
}

/** Addresses of one host that are told; machines with containers have hundreds. */
const MOST_ADDRESSES = 64

function lowerPriority(niceness: number): void {
  try {
    setPriority(niceness)
  } catch {
    // Some sandboxes forbid even this; then we run like any other.
  }
}
