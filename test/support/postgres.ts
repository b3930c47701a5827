import { execFile, spawn } from 'node:child_process'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client, escapeIdentifier } from 'pg'
import { existsSync, readdirSync } from 'node:fs'

const run = promisify(execFile)

export interface PostgresServer {
  /** A superuser's URL. */
  readonly url: string
  /** An empty database on the server. */
  newDatabase(name: string): Promise<string>
  stop(): Promise<void>
}

/**
 * A PostgreSQL server for one test file: the one at TEST_DATABASE_URL, else a new cluster in a temporary directory on a
 * free loopback port, run as the user `postgres` when the tests are root, whom initdb refuses. Throws when there is none.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const given = process.env['TEST_DATABASE_URL']
  if (given !== undefined) return serverAt(given, async () => {})
  const bin = findBinaries()
  const directory = await mkdtemp(join(tmpdir(), 'openinspector-postgres-'))
  if (isRoot()) {
    const { stdout } = await run('id', ['-u', 'postgres'])
    await chown(directory, Number(stdout), Number(stdout))
  }
  const data = join(directory, 'data')
  await asServer(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'])
  const port = await freePort()
  const settings = ['-p', `${port}`, '-h', '127.0.0.1', '-k', directory, '-c', 'shared_buffers=64MB', '-c', 'fsync=off']
  const [command, prefix] = launcher(join(bin, 'postgres'))
  const server = spawn(command, [...prefix, '-D', data, ...settings], { stdio: 'ignore', cwd: '/' })
  await waitUntilReady(bin, port)
  return serverAt(`postgres://postgres@127.0.0.1:${port}/postgres`, async () => {
    await asServer(join(bin, 'pg_ctl'), ['-D', data, '-m', 'immediate', '-w', 'stop'])
    server.kill()
    await rm(directory, { recursive: true, force: true })
  })
}

async function serverAt(url: string, stop: () => Promise<void>): Promise<PostgresServer> {
  return {
    url,
    async newDatabase(name) {
      const client = new Client({ connectionString: url })
      await client.connect()
      await client.query(`drop database if exists ${escapeIdentifier(name)} with (force)`)
      await client.query(`create database ${escapeIdentifier(name)}`)
      await client.end()
      const own = new URL(url)
      own.pathname = `/${name}`
      return own.href
    },
    stop,
  }
}

/** The newest installed version of at least 15. */
function findBinaries(): string {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).map(Number) : []
  const newest = Math.max(...versions.filter(version => version >= 15))
  if (!Number.isFinite(newest)) {
    throw new Error('these tests need PostgreSQL 15 or later: install it, or name a server in TEST_DATABASE_URL')
  }
  return join(root, String(newest), 'bin')
}

function isRoot(): boolean {
  return userInfo().uid === 0
}

function launcher(program: string): [string, string[]] {
  return isRoot() ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--init-groups', program]] : [program, []]
}

async function asServer(program: string, args: readonly string[]): Promise<void> {
  const [command, prefix] = launcher(program)
  await run(command, [...prefix, ...args], { cwd: '/' })
}

async function waitUntilReady(bin: string, port: number): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await run(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)])
      return
    } catch (cause) {
      if (attempt === 100) throw new Error('PostgreSQL did not start within 20 seconds', { cause })
      await new Promise(resolve => setTimeout(resolve, 200))
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
