import { flushCompileCache, registerHooks } from 'node:module'

/** Functions of `process` that reach out of it, or change what it may do. `exit` stays: what ends cannot do harm. */
const REACHING_OUT = [
  'binding', '_linkedBinding', 'dlopen', 'getBuiltinModule', 'kill', '_kill', 'execve', '_debugProcess', '_debugEnd',
  '_getActiveHandles', '_getActiveRequests', 'openStdin', 'chdir', 'loadEnvFile', 'initgroups', 'setgroups', 'setegid',
  'seteuid', 'setgid', 'setuid', 'umask', '_startProfilerIdleNotifier', '_stopProfilerIdleNotifier', 'setSourceMapsEnabled',
  'setUncaughtExceptionCaptureCallback', 'stdin', 'stdout', 'stderr', 'report', 'mainModule', 'channel', 'send',
] as const // prettier-ignore

/** Globals that speak to the network, or compile what is none of the program's. */
const GLOBALS = [
  'fetch', 'WebSocket', 'EventSource', 'WebAssembly', 'BroadcastChannel', 'Request', 'Response', 'navigator',
  'localStorage', 'sessionStorage', 'eval',
] as const // prettier-ignore

/**
 * Gives up, for good, everything that a reader has needed to start: called once all modules are loaded and before the first
 * byte of input. From here on there is no file to be opened, no module to be loaded and no way to a socket; what is left
 * are the two pipes. (decisions/0032; what the permission model does not cover is closed by hand)
 */
export function lockDown(): void {
  flushCompileCache()
  const { permission } = process as unknown as { permission?: { drop(scope: string): void } }
  if (permission === undefined) throw new Error('this process was started without --permission')
  for (const scope of ['fs.write', 'fs.read']) permission.drop(scope)
  registerHooks({
    resolve(specifier) {
      throw new Error(`a reader loads nothing: ${specifier}`)
    },
  })
  const end: unknown = Reflect.get(process, '_kill')
  if (typeof end !== 'function') throw new Error('this runtime cannot end itself')
  // At once: an orderly end waits for the read of standard input that is under way, which nothing may ever answer.
  process.on('exit', () => void Reflect.apply(end, process, [process.pid, 9]))
  for (const name of REACHING_OUT) take(process, name)
  for (const name of GLOBALS) take(globalThis, name)
  for (const name of Object.keys(process.env)) delete process.env[name]
  // Its methods would open the streams that were taken.
  take(globalThis, 'console')
}

function take(from: object, name: string): void {
  if (!Reflect.deleteProperty(from, name)) throw new Error(`${name} cannot be taken from a reader`)
  // Some come back from the prototype.
  if (Reflect.get(from, name) !== undefined) Object.defineProperty(from, name, { value: undefined })
}
