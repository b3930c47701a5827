import { matchExtension } from './extensions/index.ts'
import type { Extension } from './extensions/extension.ts'
import { agentRequest, type AgentRequest } from './agent/agent-door.ts'
import { hookRegistryId } from './extensions/hooks/registry-hook.ts'
import { hookScope } from './extensions/hooks/network-hook.ts'
import { SCAN_SBOM_PATH } from './inspector-scan/scan-sbom.ts'
import { OPERATIONS } from './operations/index.ts'
import { notAvailable } from './operations/not-available.ts'
import type { Operation } from './operations/operation.ts'
import { splitTarget } from './protocol/canonical-request.ts'
import type { Scope } from '../domain/ids.ts'
import type { RouteMatch, ServiceModel } from './protocol/service-model.ts'

/** What a request asks for, told from its method and raw path alone. */
export type Destination =
  | { readonly is: 'operation'; readonly operation: Operation; readonly match: RouteMatch; readonly rawQuery: string }
  | { readonly is: 'extension'; readonly extension: Extension; readonly id: string }
  | { readonly is: 'registry-hook'; readonly registryId: string }
  | { readonly is: 'network-hook'; readonly scope: Scope }
  | { readonly is: 'agent'; readonly request: AgentRequest }
  /** The one operation of the service `inspector-scan`. */
  | { readonly is: 'scan-sbom' }
  | { readonly is: 'console' }
  | { readonly is: 'health' }

export type Router = (method: string, target: string) => Destination | null

/** `basePath` is what clients may put before every path, e.g. `/inspector`; both spellings are served. */
export function createRouter(model: ServiceModel, basePath: string): Router {
  const base = basePath.replace(/\/+$/, '')
  const served = new Map(OPERATIONS.map(operation => [operation.name, operation]))
  for (const name of served.keys()) {
    if (!model.routes.some(route => route.name === name)) throw new Error(`no route leads to the operation ${name}`)
  }
  return (method, target) => {
    const { path, query } = splitTarget(target)
    const rawPath = base !== '' && path.startsWith(`${base}/`) ? path.slice(base.length) : path
    if (method === 'GET' || method === 'HEAD') {
      if (rawPath === '/' || path === base) return { is: 'console' }
      if (rawPath === '/healthz') return { is: 'health' }
    }
    if (method === 'POST' && rawPath === SCAN_SBOM_PATH) return { is: 'scan-sbom' }
    const match = model.match(method, rawPath)
    if (match) {
      const operation = served.get(match.route.name) ?? notAvailable(match.route.name)
      return { is: 'operation', operation, match, rawQuery: query }
    }
    const registryId = method === 'POST' ? hookRegistryId(rawPath) : null
    if (registryId !== null) return { is: 'registry-hook', registryId }
    const scope = method === 'POST' ? hookScope(rawPath) : null
    if (scope !== null) return { is: 'network-hook', scope }
    const request = method === 'POST' ? agentRequest(rawPath) : null
    if (request !== null) return { is: 'agent', request }
    const found = matchExtension(method, rawPath)
    return found ? { is: 'extension', ...found } : null
  }
}
