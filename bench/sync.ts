import { spawn } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'

import { zipTexts } from '../src/feeds/zip.ts'
import { openAdvisoryDatabase } from '../src/store/advisory-database/database.ts'
import { advisoryDirectory } from '../src/app/local-advisories.ts'
import { testFeeds } from '../test/support/test-feeds.ts'

const BIN = join(import.meta.dirname, '../bin/openinspector.ts')
const ROUNDS = 3
const CHANGED = 100
/** The part of OSV in which records change. */
const PART = 'PyPI'

interface Run {
  readonly wallMs: number
  readonly peakRssBytes: number
}

/** All feeds of a mirror into an empty home, each time in a process of its own, against parsing the same JSON alone. */
export async function measureCompile(): Promise<void> {
  await inWorkplace(async (mirror, homes) => {
    const runs: Run[] = []
    const parses: number[] = []
    let home = ''
    for (let round = 0; round < ROUNDS; round++) {
      home = join(homes, String(round))
      parses.push(await parseAlone(mirror))
      runs.push(await sync(mirror, home))
    }
    const generations = openAdvisoryDatabase(advisoryDirectory(home)).generations()
    const records = generations.reduce((sum, { recordCount }) => sum + recordCount, 0)
    const best = report('compile', runs)
    const parse = Math.min(...parses)
    console.log(`records ${records}, ${(records / (best.wallMs / 1000)).toFixed(0)} records/s`)
    console.log(`JSON.parse of the same alone ${parse.toFixed(0)} ms: ratio ${(best.wallMs / parse).toFixed(1)}`)
    console.log(`database ${((await databaseBytes(home)) / 1e6).toFixed(0)} MB`)
  })
}

/** The same again, when nothing changed. */
export async function measureUnchangedSync(): Promise<void> {
  await inWorkplace(async (mirror, homes) => {
    const home = join(homes, 'home')
    await sync(mirror, home)
    const first = await sync(mirror, home)
    const runs: Run[] = []
    for (let round = 0; round < ROUNDS; round++) runs.push(await sync(mirror, home))
    console.log(`the first after a whole load: ${first.wallMs.toFixed(0)} ms`)
    report('sync-unchanged', runs)
  })
}

/** The same again, when 100 records of one part changed. */
export async function measureChangedSync(): Promise<void> {
  await inWorkplace(async (mirror, homes) => {
    const home = join(homes, 'home')
    await sync(mirror, home)
    await sync(mirror, home)
    const runs: Run[] = []
    for (let round = 1; round <= ROUNDS; round++) {
      const before = openAdvisoryDatabase(advisoryDirectory(home)).currentVersion()
      await changeRecords(mirror, round)
      runs.push(await sync(mirror, home))
      const database = openAdvisoryDatabase(advisoryDirectory(home))
      const changes = database.changesSince(before ?? '')
      if (changes === 'everything' || changes.subjects.length === 0) throw new Error('nothing changed, or everything')
      console.log(`${changes.subjects.length} names say something else`)
    }
    report(`sync-${CHANGED}-changed`, runs, 2_000)
    await compareCopy(home)
  })
}

/** A mirror that can be changed: folders of its own, files of the real one. */
async function inWorkplace(measure: (mirror: string, homes: string) => Promise<void>): Promise<void> {
  const feeds = testFeeds()
  if (feeds === null) throw new Error('name a mirror of the feeds: OPENINSPECTOR_TEST_FEEDS')
  const directory = await mkdtemp(join(tmpdir(), 'openinspector-bench-'))
  try {
    const mirror = join(directory, 'mirror')
    await linkAll(feeds, mirror, ['osv', PART])
    console.log(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}`)
    await measure(mirror, join(directory, 'homes'))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Links what is in a folder, but makes the folders on the way `inside`. */
async function linkAll(from: string, to: string, [next, ...inside]: readonly string[]): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const name of await readdir(from)) {
    if (name === next) await linkAll(join(from, name), join(to, name), inside)
    else await symlink(join(from, name), join(to, name))
  }
}

const record = z.looseObject({ id: z.string(), modified: z.string(), affected: z.array(z.looseObject({})) })

/** Gives 100 records another version and a new time, as upstream does: the list of changes, and each by itself. */
async function changeRecords(mirror: string, round: number): Promise<void> {
  const folder = join(mirror, 'osv', PART)
  const list = (await readFile(join(folder, 'modified_id.csv'), 'utf8')).trim().split('\n')
  // The newest real row but for a few of the future. A day of changes would bring a whole load.
  const newest = Date.parse(list[10]?.split(',')[0] ?? '')
  const changed = new Set<string>()
  for await (const { content } of zipTexts(await readFile(join(folder, 'all.zip')))) {
    if (!('text' in content) || changed.size >= CHANGED * round) continue
    const parsed = record.parse(JSON.parse(content.text))
    if (parsed.affected.length === 0 || 'withdrawn' in parsed) continue
    changed.add(parsed.id)
    if (changed.size <= CHANGED * (round - 1)) continue
    const modified = new Date(newest + round * 60_000).toISOString()
    const affected = parsed.affected.map(entry => ({ ...entry, versions: [`9999.${round}`] }))
    await writeFile(join(folder, `${parsed.id}.json`), JSON.stringify({ ...parsed, modified, affected }))
  }
  const ids = [...changed].slice(-CHANGED)
  const rows = ids.map(id => `${new Date(newest + round * 60_000).toISOString()},${id}`)
  const others = list.filter(row => !ids.includes(row.slice(row.indexOf(',') + 1)))
  // The first two are the rows of the future.
  const lines = [...others.slice(0, 2), ...rows, ...others.slice(2)]
  await rm(join(folder, 'modified_id.csv'))
  await writeFile(join(folder, 'modified_id.csv'), `${lines.join('\n')}\n`)
}

/** Prints the highest memory use of the process when it ends. */
const RSS_HOOK = `data:text/javascript,${encodeURIComponent(
  `process.on('exit', () => process.stderr.write('peak-rss-kb ' + process.resourceUsage().maxRSS + '\\n'))`,
)}`

/** `advisories sync` as a person runs it, from the start of the process to its end. */
async function sync(mirror: string, home: string): Promise<Run> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, ['--import', RSS_HOOK, BIN, 'advisories', 'sync'], {
    env: { ...process.env, OPENINSPECTOR_FEEDS: mirror, OPENINSPECTOR_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const code = await new Promise<number | null>(resolve => child.once('close', resolve))
  const wallMs = performance.now() - startedAt
  const rss = /peak-rss-kb (\d+)/.exec(said)?.[1]
  if (code !== 0 || rss === undefined) throw new Error(`the sync ended with ${code}: ${said.slice(-2_000)}`)
  return { wallMs, peakRssBytes: Number(rss) * 1024 }
}

/** Milliseconds that JSON.parse alone takes for every JSON document of the mirror that a feed reads. */
async function parseAlone(mirror: string): Promise<number> {
  let spent = 0
  const parse = (text: string): void => {
    const startedAt = performance.now()
    JSON.parse(text)
    spent += performance.now() - startedAt
  }
  // Links are not followed by a recursive listing.
  for (const linked of await readdir(mirror)) {
    const folder = join(mirror, linked)
    if (linked === 'osv') {
      for (const part of await readdir(folder)) await parseFile(join(folder, part, 'all.zip'), parse)
      continue
    }
    if (!(await stat(folder)).isDirectory()) continue
    for (const path of await readdir(folder, { recursive: true })) await parseFile(join(folder, path), parse)
  }
  return spent
}

async function parseFile(path: string, parse: (text: string) => void): Promise<void> {
  const isFile = await stat(path).then(
    stats => stats.isFile(),
    () => false,
  )
  if (!isFile) return
  if (path.endsWith('.zip')) {
    for await (const { content } of zipTexts(await readFile(path))) if ('text' in content) parse(content.text)
  } else if (path.endsWith('.json.gz')) parse(gunzipSync(await readFile(path)).toString())
  else if (path.endsWith('.json') || path.endsWith('/data/json')) parse(await readFile(path, 'utf8'))
}

function report(name: string, runs: readonly Run[], targetMs?: number): Run {
  const best = runs.reduce((a, b) => (b.wallMs < a.wallMs ? b : a))
  const walls = runs.map(run => run.wallMs.toFixed(0)).join(' ')
  const rss = Math.max(...runs.map(run => run.peakRssBytes)) / 1e6
  const target = targetMs === undefined ? '' : ` (target ${targetMs})`
  console.log(`${name}: whole process, wall ms ${walls}${target}, peak RSS ${rss.toFixed(0)} MB`)
  return best
}

async function databaseBytes(home: string): Promise<number> {
  const folder = advisoryDirectory(home)
  const names = (await readdir(folder)).filter(name => name.startsWith('advisories-'))
  const sizes = await Promise.all(names.map(name => stat(join(folder, name))))
  return sizes.reduce((sum, { size }) => sum + size, 0)
}

/** The floor of every change: the file is copied and flushed, unless the file system shares what is the same. */
async function compareCopy(home: string): Promise<void> {
  const folder = advisoryDirectory(home)
  const name = (await readdir(folder)).find(one => one.startsWith('advisories-')) ?? ''
  const startedAt = performance.now()
  await copyFile(join(folder, name), join(folder, 'copy'))
  const copied = performance.now()
  const file = await open(join(folder, 'copy'))
  await file.sync()
  await file.close()
  const [copyMs, flushMs] = [copied - startedAt, performance.now() - copied]
  console.log(
    `of that, at least: copying ${((await databaseBytes(home)) / 1e6).toFixed(0)} MB ${copyMs.toFixed(0)} ms, flushing them ${flushMs.toFixed(0)} ms`,
  )
}
