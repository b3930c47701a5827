import { randomUUID } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { readConfig, type Config } from '../../app/config.ts'
import {
  exportFrom,
  importInto,
  originInWords,
  originOf,
  readSigningKey,
  readTrustedKeys,
  sourceDate,
} from '../../app/advisory-transfer.ts'
import { ok, type Result } from '../../base/result.ts'
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { plainText } from '../render/plain-text.ts'
import { productVersion } from '../version.ts'

/** Stands for standard input or output. */
const STANDARD_STREAM = '-'

/** `openinspector advisories export FILE|-`: exits with 3 when there is nothing to export or the file cannot be written. */
export async function exportToFile(file: string, signWith: string | null, output: Output): Promise<ExitCode> {
  const config = readConfig(process.env, process.stderr.isTTY)
  if (!config.ok) return wrongUse(config.error, output)
  const date = sourceDate(process.env)
  if (!date.ok) return wrongUse(date.error, output)
  const privateKey = signWith === null ? ok(null) : readSigningKey(signWith)
  if (!privateKey.ok) return wrongUse(privateKey.error, output)
  if (file === STANDARD_STREAM && process.stdout.isTTY) {
    return wrongUse('The file is not for a terminal: name a file, or send standard output somewhere.', output)
  }
  if (file !== STANDARD_STREAM && statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
    return wrongUse(`${file} is a directory: name the file in it.`, output)
  }
  const exported = await exportFrom(config.value.home, {
    sourceDate: date.value,
    productVersion: productVersion(),
    privateKey: privateKey.value,
    progress: (done, total) => output.progress(`Exporting advisories: ${Math.floor((done / total) * 100)} %`),
  })
  if (exported === null) {
    output.note('There is nothing to export but the bundled advisories, which every site has: `advisories sync` first.')
    return EXIT_CODES.failed
  }
  const { version, chunks } = exported
  try {
    const bytes = file === STANDARD_STREAM ? await toStandardOutput(chunks) : await toFile(file, chunks)
    output.endProgress()
    const signed = privateKey.value === null ? 'not signed' : 'signed'
    output.note(plainText(`Exported version ${version} to ${nameOf(file, 'output')}: ${megabytes(bytes)}, ${signed}.`))
    return EXIT_CODES.done
  } catch (error) {
    output.endProgress()
    output.note(plainText(`Cannot write ${nameOf(file, 'output')}: ${messageOf(error)}`))
    return EXIT_CODES.failed
  }
}

/** Under another name until it is whole: what stands there before stays when this fails. */
async function toFile(path: string, chunks: AsyncIterable<Buffer>): Promise<number> {
  const unfinished = `${path}.${randomUUID()}.unfinished`
  let bytes = 0
  try {
    const target = await open(unfinished, 'wx', 0o644)
    try {
      for await (const chunk of chunks) {
        await target.writeFile(chunk)
        bytes += chunk.length
      }
      await target.sync()
    } finally {
      await target.close()
    }
    await rename(unfinished, path)
    return bytes
  } finally {
    await rm(unfinished, { force: true })
  }
}

async function toStandardOutput(chunks: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0
  for await (const chunk of chunks) {
    await new Promise<void>((resolve, reject) => {
      process.stdout.write(chunk, error => (error === null || error === undefined ? resolve() : reject(error)))
    })
    bytes += chunk.length
  }
  return bytes
}

export interface WantedImport {
  readonly trust: string | null
  readonly allowUnsigned: boolean
  readonly force: boolean
}

/** `openinspector advisories import FILE|-`: exits with 3 when the file is not taken; what was in use then stays. */
export async function importFromFile(file: string, wanted: WantedImport, output: Output): Promise<ExitCode> {
  const config = readConfig(process.env, process.stderr.isTTY)
  if (!config.ok) return wrongUse(config.error, output)
  const trusted = trustedKeys(config.value, wanted)
  if (!trusted.ok) return wrongUse(trusted.error, output)
  if (file === STANDARD_STREAM && process.stdin.isTTY) {
    return wrongUse('The file is not typed in: name it, or send it to standard input.', output)
  }
  const name = nameOf(file, 'input')
  try {
    if (file !== STANDARD_STREAM && !(await stat(file)).isFile()) return wrongUse(`${file} is no file.`, output)
    const { home } = config.value
    const imported = await importInto(home, bytesOf(file), {
      trusted: trusted.value,
      force: wanted.force,
      progress: ({ database }, done) =>
        output.progress(`Importing advisories: ${Math.floor((done / database.bytes) * 100)} %`),
      inspecting: () => output.progress('Importing advisories: looking through them …'),
    })
    output.endProgress()
    if (!imported.ok) {
      output.note(plainText(`${name} is not imported: ${imported.error}. What was there stays in use.`))
      return EXIT_CODES.failed
    }
    const { header, before } = imported.value
    output.print(
      header.version === before ? `Version ${before} was in use already.` : `Version ${header.version} is in use.`,
    )
    const origin = originOf(home, header.version)
    if (origin !== null) output.print(plainText(`${originInWords(origin)}.`))
    return EXIT_CODES.done
  } catch (error) {
    output.endProgress()
    output.note(plainText(`Cannot import ${name}: ${messageOf(error)}. What was there stays in use.`))
    return EXIT_CODES.failed
  }
}

/** Nothing is taken on trust unless that was said: by a key, or by `--allow-unsigned`. */
function trustedKeys(
  config: Config,
  { trust, allowUnsigned }: WantedImport,
): Result<ReadonlySet<string> | 'any', string> {
  const path = trust ?? config.advisoryKey
  if (path === null) {
    if (allowUnsigned) return ok('any')
    return {
      ok: false,
      error:
        'Whose advisories to take is not said: --trust KEY.pem (or OPENINSPECTOR_ADVISORY_KEY) takes those that this key signed, --allow-unsigned takes any.',
    }
  }
  if (!allowUnsigned) return readTrustedKeys(path)
  const said = trust === null ? 'OPENINSPECTOR_ADVISORY_KEY is set' : '--trust is given'
  return { ok: false, error: `${said}, so that only signed files are taken: leave --allow-unsigned out, or the key.` }
}

async function* bytesOf(file: string): AsyncGenerator<Buffer> {
  const stream = file === STANDARD_STREAM ? process.stdin : createReadStream(file, { highWaterMark: 1024 * 1024 })
  for await (const chunk of stream) yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
}

function nameOf(file: string, direction: 'input' | 'output'): string {
  return file === STANDARD_STREAM ? `standard ${direction}` : file
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function wrongUse(sentence: string, output: Output): ExitCode {
  output.note(plainText(sentence))
  return EXIT_CODES.usage
}
