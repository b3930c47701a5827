import { randomBytes, randomUUID } from 'node:crypto'
import Fastify from 'fastify'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isGranted } from '../accounts/key-role.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import type { AccountId, Region } from '../domain/ids.ts'
import type { Host } from '../scanning/host-store.ts'
import type { NetworkWatch } from '../scanning/network-watch-store.ts'
import type { Registry } from '../scanning/registry-store.ts'
import { acceptReport, AGENT_PREFIX, AGENT_RATE_LIMIT } from './agent/agent-door.ts'
import { authenticateAgent } from './agent/agent-token.ts'
import { REPORT_LIMIT_BYTES } from './agent/report-schema.ts'
import { CONSOLE_PAGE, CONSOLE_POLICY } from './console-page.ts'
import { acceptNotice, authenticateNotice } from './extensions/hooks/network-hook.ts'
import { acceptNotification, authenticateHook } from './extensions/hooks/registry-hook.ts'
import { isServedHost } from './host-check.ts'
import { SBOM_BODY_LIMIT_BYTES, SCAN_SBOM_PATH, scanSbom } from './inspector-scan/scan-sbom.ts'
import type { ApiPorts } from './ports.ts'
import { headerValues } from './protocol/canonical-request.ts'
import { createCodec } from './protocol/codec.ts'
import { apiError, errorBody } from './protocol/errors.ts'
import type { ApiError } from './protocol/errors.ts'
import { answerBrokenConnection } from './broken-connection.ts'
import { BODY_LIMIT_BYTES, parseJsonObject } from './protocol/json-body.ts'
import { PageTokens } from './protocol/page-token.ts'
import { RateLimiter } from './protocol/rate-limit.ts'
import type { RateLimit } from './protocol/rate-limit.ts'
import { loadServiceModel } from './protocol/service-model.ts'
import { SigningKeys } from './protocol/signing-keys.ts'
import { beginVerification } from './protocol/sigv4.ts'
import type { Caller, PendingSignature, SigningName } from './protocol/sigv4.ts'
import { createRouter } from './router.ts'
import type { Destination } from './router.ts'

export interface ApiServerOptions {
  readonly ports: ApiPorts
  readonly log: Log
  readonly clock: Clock
  /** 32 bytes or more, the same in every process and after every restart: seals `nextToken`. */
  readonly pageTokenSecret: Uint8Array
  /** Regions that callers may sign for. */
  readonly regions: 'all' | readonly Region[]
  /** Host names without ports that the server answers to; `LOOPBACK_HOST_NAMES` when it listens on loopback only. */
  readonly hostNames: 'any' | readonly string[]
  /** Accounts that may have registries of ECR read with the server's own AWS credentials. */
  readonly awsIdentityAccounts: readonly AccountId[]
  /** Whose keys may make further accounts; nobody's when it is left out. */
  readonly operatorAccount?: AccountId
  /** What clients put before every path, e.g. `/inspector`. */
  readonly basePath?: string
  /** Where others reach this server, for webhook URLs; the `Host` of the request over HTTP when left out. */
  readonly publicUrl?: string
  readonly rateLimit?: RateLimit
  /** Longest time in milliseconds from the first byte of a request to its last. */
  readonly requestTimeoutMs?: number
}

/** Far above what SDKs and Terraform do in parallel, far below what would keep others waiting. (inferred) */
const DEFAULT_RATE_LIMIT: RateLimit = { burst: 200, perSecond: 50 }

const REQUEST_TIMEOUT_MS = 30_000
const HEADERS_TIMEOUT_MS = 10_000
const HEADER_LIMIT_BYTES = 16_384
const CONNECTION_LIMIT = 2_048

/** What is learnt about a request before its body is read. */
interface Admission {
  readonly destination: Destination
  /** Of a webhook: its token was right. */
  readonly registry: Registry | null
  /** Of a notice of changes: its token was right. */
  readonly network: NetworkWatch | null
  /** Of an agent: its token was right. */
  readonly host: Host | null
  /** Of a signed request: its key is known. */
  readonly signature: PendingSignature | null
}

/**
 * Builds the HTTP server of the API without listening. Every request goes one way: host, route, credentials,
 * body, signature, rate, work, answer. `close()` lets running requests finish.
 */
export async function createApiServer(options: ApiServerOptions): Promise<FastifyInstance> {
  const { ports, log, clock } = options
  const [model, codec] = await Promise.all([loadServiceModel(), createCodec()])
  const route = createRouter(model, options.basePath ?? '')
  const pageTokens = new PageTokens(options.pageTokenSecret)
  const limiter = new RateLimiter(options.rateLimit ?? DEFAULT_RATE_LIMIT)
  const agentLimiter = new RateLimiter(AGENT_RATE_LIMIT)
  const verifier = {
    accessKeys: ports.accessKeys,
    signingKeys: new SigningKeys(),
    servesRegion: (region: Region) => options.regions === 'all' || options.regions.includes(region),
  }
  const admissions = new WeakMap<FastifyRequest, Admission>()

  const app = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    // Its own answer to requests during a shutdown has a key that SDKs take for an error code.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    http: {
      maxHeaderSize: HEADER_LIMIT_BYTES,
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS),
      connectionsCheckingInterval: 1_000,
    },
    clientErrorHandler: answerBrokenConnection,
    frameworkErrors: (_error, request, reply) => {
      sendError(request, reply, apiError('unknown-operation', {}))
    },
  })
  app.server.maxConnections = CONNECTION_LIMIT
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  app.addHook('onRequest', async (request, reply) => {
    setCommonHeaders(request, reply)
    const admitted = await admit(request)
    if (!admitted.ok) return sendError(request, reply, admitted.error)
    admissions.set(request, admitted.value)
  })
  // Idle connections are closed at once; busy ones after their answer, or a kept-alive client would hold the server open.
  let isClosing = false
  app.addHook('preClose', done => {
    isClosing = true
    done()
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isClosing) reply.header('connection', 'close')
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const destination = admissions.get(request)?.destination
    log.debug('request answered', {
      requestId: request.id,
      operation: destination ? nameOf(destination) : null,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
    })
    done()
  })
  app.setErrorHandler((error: FastifyError, request, reply) => sendError(request, reply, errorOf(error, request)))
  app.setNotFoundHandler((request, reply) => sendError(request, reply, apiError('unknown-operation', {})))
  app.all('*', (request, reply) => answer(request, reply))
  // Only agents that have shown their token send more than a megabyte: hooks run before a body is read.
  for (const base of new Set(['', (options.basePath ?? '').replace(/\/+$/, '')])) {
    const agents = `${base}${AGENT_PREFIX}*`
    app.post(agents, { bodyLimit: REPORT_LIMIT_BYTES }, (request, reply) => answer(request, reply))
    // And callers whose access key is known.
    const sboms = `${base}${SCAN_SBOM_PATH}`
    app.post(sboms, { bodyLimit: SBOM_BODY_LIMIT_BYTES }, (request, reply) => answer(request, reply))
  }
  return app

  /** Refuses what can be refused before a body is read. */
  async function admit(request: FastifyRequest): Promise<Result<Admission, ApiError>> {
    const headers = headerValues(request.raw.rawHeaders)
    if (!isServedHost(headers.get('host') ?? [], options.hostNames)) return err(apiError('foreign-host', {}))
    const destination = route(request.method, request.raw.url ?? '/')
    if (!destination) return err(apiError('unknown-operation', {}))
    if (destination.is === 'registry-hook') {
      const registry = await authenticateHook(destination.registryId, headers.get('authorization') ?? [], ports)
      return registry.ok
        ? ok({ destination, registry: registry.value, network: null, host: null, signature: null })
        : registry
    }
    if (destination.is === 'network-hook') {
      const network = await authenticateNotice(destination.scope, headers.get('authorization') ?? [], ports)
      if (!network.ok) return network
      return ok({ destination, registry: null, network: network.value, host: null, signature: null })
    }
    if (destination.is === 'agent') {
      const host = await authenticateAgent(headers.get('authorization') ?? [], ports.hosts)
      if (!host.ok) return host
      const wait = agentLimiter.take(host.value.id, clock.now())
      if (wait !== null) return err(apiError('throttled', {}, { retryAfterSeconds: wait }))
      return ok({ destination, registry: null, network: null, host: host.value, signature: null })
    }
    if (destination.is === 'console' || destination.is === 'health') {
      return ok({ destination, registry: null, network: null, host: null, signature: null })
    }
    const head = { method: request.method, target: request.raw.url ?? '/', rawHeaders: request.raw.rawHeaders }
    const signature = await beginVerification(head, clock.now(), verifier, serviceOf(destination))
    return signature.ok
      ? ok({ destination, registry: null, network: null, host: null, signature: signature.value })
      : signature
  }

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const admission = admissions.get(request)
    if (!admission) throw new Error('a request reached its handler without admission')
    const { destination, registry, network, host, signature } = admission
    if (destination.is === 'console') return sendConsole(reply)
    if (destination.is === 'health') return reply.type('application/json').send('{"status":"ok"}')

    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    if (destination.is === 'registry-hook') {
      if (!registry) throw new Error('a webhook was admitted without its registry')
      const wait = limiter.take(registry.id, clock.now())
      if (wait !== null) return sendError(request, reply, apiError('throttled', {}, { retryAfterSeconds: wait }))
      const json = parseJsonObject(body)
      const accepted = json.ok ? await acceptNotification(registry, json.value, ports) : json
      return accepted.ok ? sendJson(reply, 202, accepted.value) : sendError(request, reply, accepted.error)
    }

    if (destination.is === 'network-hook') {
      if (!network) throw new Error('a notice was admitted without its network')
      const wait = limiter.take(`${network.scope.accountId}/${network.scope.region}`, clock.now())
      if (wait !== null) return sendError(request, reply, apiError('throttled', {}, { retryAfterSeconds: wait }))
      const json = parseJsonObject(body)
      return json.ok
        ? sendJson(reply, 202, await acceptNotice(network, json.value, ports, clock))
        : sendError(request, reply, json.error)
    }

    if (destination.is === 'agent') {
      if (!host) throw new Error('an agent was admitted without its host')
      const isGzip = request.headers['content-encoding'] === 'gzip'
      const accepted = await acceptReport(destination.request, host, body, isGzip, ports)
      return accepted.ok ? sendJson(reply, 200, accepted.value) : sendError(request, reply, accepted.error)
    }

    if (!signature) throw new Error('a signed request was admitted without its signature')
    const caller = signature.verify(body)
    if (!caller.ok) return sendError(request, reply, caller.error)
    const wait = limiter.take(caller.value.accessKeyId, clock.now())
    if (wait !== null) return sendError(request, reply, apiError('throttled', {}, { retryAfterSeconds: wait }))
    const { accessKeyId, role } = caller.value
    const action = actionOf(destination)
    if (!isGranted(role, action)) {
      return sendError(request, reply, apiError('not-authorized', { accessKeyId, action, role }))
    }
    if (body.length > 0 && !isJsonType(request.headers['content-type'])) {
      return sendError(request, reply, apiError('unsupported-content-type', {}))
    }
    if (destination.is === 'scan-sbom') {
      const report = await scanSbom(body, ports, clock, randomUUID)
      return report.ok ? sendJson(reply, 200, report.value) : sendError(request, reply, report.error)
    }
    return destination.is === 'operation'
      ? runOperation(destination, caller.value, body, request, reply)
      : runExtension(destination, caller.value, body, request, reply)
  }

  async function runOperation(
    { operation, match, rawQuery }: Extract<Destination, { is: 'operation' }>,
    caller: Caller,
    body: Buffer,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const isServed = operation.isServed !== false && match.route.messages !== null
    const input = isServed ? codec.readInput(match, rawQuery, body) : null
    if (input && !input.ok) return sendError(request, reply, input.error)
    // The input has the shape of the operation's own schema: `readInput` has checked it against that schema.
    const output = await operation.run((input?.value ?? {}) as never, { caller, ports, clock, pageTokens })
    if (!output.ok || !match.route.messages) {
      return sendError(request, reply, output.ok ? apiError('unknown-operation', {}) : output.error)
    }
    const bytes = codec.writeOutput(match.route.messages.output, output.value)
    return reply.code(200).type('application/json').send(bytes)
  }

  async function runExtension(
    { extension, id }: Extract<Destination, { is: 'extension' }>,
    caller: Caller,
    body: Buffer,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const json = parseJsonObject(body)
    if (!json.ok) return sendError(request, reply, json.error)
    // The Host header is signed, so it is the caller's own.
    const publicUrl = (options.publicUrl ?? `http://${request.headers.host}${options.basePath ?? ''}`).replace(
      /\/+$/,
      '',
    )
    const mayUseServerIdentity = options.awsIdentityAccounts.includes(caller.accountId)
    const isOperator = options.operatorAccount === caller.accountId
    const common = { caller, ports, clock, pageTokens, publicUrl, mayUseServerIdentity, isOperator }
    const context = { ...common, randomBytes: (n: number) => randomBytes(n) }
    const output = await extension.run({ id, body: json.value }, context)
    return output.ok ? sendJson(reply, extension.status, output.value) : sendError(request, reply, output.error)
  }

  function errorOf(error: FastifyError, request: FastifyRequest): ApiError {
    switch (error.code) {
      case 'FST_ERR_CTP_BODY_TOO_LARGE':
        return apiError('body-too-large', { limitBytes: String(limitOf(request)) })
      case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
        return apiError('unsupported-content-type', {})
      case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
        return apiError('malformed-http', {})
      default: {
        const destination = admissions.get(request)?.destination
        const operation = destination ? nameOf(destination) : null
        log.error('request failed', { requestId: request.id, operation, error })
        const members = operation === SCAN_SBOM ? { reason: 'OTHER' } : {}
        return apiError('internal', { requestId: request.id }, { members })
      }
    }
  }
}

/** Bytes that the body of this request may have. */
function limitOf(request: FastifyRequest): number {
  return request.routeOptions.bodyLimit ?? BODY_LIMIT_BYTES
}

const SCAN_SBOM = 'ScanSbom'

function serviceOf(destination: Destination): SigningName {
  return destination.is === 'scan-sbom' ? 'inspector-scan' : 'inspector2'
}

/** As policies of IAM name it. */
function actionOf(destination: Destination): string {
  return `${destination.is === 'extension' ? 'openinspector' : serviceOf(destination)}:${nameOf(destination)}`
}

function nameOf(destination: Destination): string {
  if (destination.is === 'operation') return destination.operation.name
  if (destination.is === 'scan-sbom') return SCAN_SBOM
  return destination.is === 'extension' ? destination.extension.name : destination.is
}

function setCommonHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.headers({
    'x-amzn-requestid': request.id,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  })
}

function sendConsole(reply: FastifyReply): FastifyReply {
  return reply.header('content-security-policy', CONSOLE_POLICY).type('text/html; charset=utf-8').send(CONSOLE_PAGE)
}

function sendJson(reply: FastifyReply, status: number, body: unknown): FastifyReply {
  return reply
    .code(status)
    .type('application/json')
    .send(Buffer.from(JSON.stringify(body)))
}

function sendError(request: FastifyRequest, reply: FastifyReply, error: ApiError): FastifyReply {
  if (!reply.hasHeader('x-amzn-requestid')) setCommonHeaders(request, reply)
  if (error.retryAfterSeconds !== null) reply.header('retry-after', String(error.retryAfterSeconds))
  reply.header('x-amzn-errortype', error.name)
  return reply
    .code(error.status)
    .type('application/json')
    .send(Buffer.from(errorBody(error)))
}

function isJsonType(contentType: string | undefined): boolean {
  return contentType === undefined || /^application\/json\s*(;|$)/i.test(contentType.trim())
}
