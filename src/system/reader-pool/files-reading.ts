import { type CandidateFile, HEAD_BYTES } from '../../ecosystems/content-analyzer.ts'
import type { ScannedFile } from '../../ecosystems/ecosystem.ts'
import { analyzerSet, type AnalyzerSet } from '../../inventory/analyzer-set.ts'
import type { RandomAccess } from '../../inventory/file-tree.ts'
import { CONTENT_LIMITS } from '../../inventory/limits.ts'
import type { TargetReader } from '../../inventory/readers.ts'
import type { ContentOutcome } from '../../inventory/watched-file.ts'
import { outcomesAnswer, questionSchema } from './answers.ts'
import { parsedAnswer } from './document-reading.ts'
import { openFilePrefix, scannedFilePrefix } from './file-frames.ts'
import { ANSWER, FRAME } from './frames.ts'
import type { ReaderJob } from './jobs.ts'
import { type ReaderChild, ReaderFault } from './reader-child.ts'
import type { ChildPool } from './child-pool.ts'
import { outcomeAfter, ReaderRetries } from './reader-retries.ts'

/** A file that waits for its answer. */
interface Pending {
  readonly path: string
  readonly access: RandomAccess | null
  readonly answered: PromiseWithResolvers<readonly ContentOutcome[]>
  /** Says so to a reader, with the number of the file. */
  send(child: ReaderChild, id: number): Promise<void>
  readHere(): Promise<readonly ContentOutcome[]>
  isSent: boolean
  /** Bytes that the reader has asked for. */
  askedBytes: number
}

/**
 * The files of one tree, sent to a reader one after another and answered in any order. When the reader ends, those that
 * it had are read once more, one at a time, which tells over which it ended.
 */
export class FilesReading {
  readonly #pool: ChildPool
  readonly #here: TargetReader
  readonly #analyzers: AnalyzerSet
  readonly #retries: ReaderRetries
  readonly #pending = new Map<number, Pending>()
  /** Files that one of the readers had when it ended. */
  readonly #suspects = new Set<number>()
  #child: ReaderChild | null = null
  /** Until files can be sent to it. */
  #isStarting = false
  #lastId = 0
  #questions = 0
  #stop: (() => void) | null = null
  #isClosed = false
  #end: { readonly is: 'here' } | { readonly is: 'given-up'; readonly fault: ReaderFault } | null = null

  constructor(pool: ChildPool, here: TargetReader) {
    this.#pool = pool
    this.#here = here
    this.#analyzers = analyzerSet(pool.ecosystems)
    this.#retries = new ReaderRetries(pool.limits.restartsPerTree)
  }

  readFile(file: ScannedFile): Promise<readonly ContentOutcome[]> {
    return this.#begin({
      path: file.path,
      access: null,
      send: (child, id) => child.send(FRAME.file, scannedFilePrefix(id, file.path), file.bytes),
      readHere: () => this.#here.readFile(file),
    })
  }

  async readContent(access: RandomAccess, path: string): Promise<readonly ContentOutcome[]> {
    const file: CandidateFile = { path, sizeBytes: access.sizeBytes, mode: access.mode ?? null }
    if (!this.#analyzers.isCandidate(file)) return []
    const head = await access.read(0, Math.min(HEAD_BYTES, access.sizeBytes))
    return this.#begin({
      path,
      access,
      send: (child, id) => child.send(FRAME.open, openFilePrefix(id, file), head),
      readHere: () => this.#here.readContent(access, path),
    })
  }

  close(): void {
    this.#isClosed = true
    this.#stop?.()
    this.#failAll(new ReaderFault('closed', 'it was closed', null))
  }

  async #begin(one: Pick<Pending, 'path' | 'access' | 'send' | 'readHere'>): Promise<readonly ContentOutcome[]> {
    if (this.#end?.is === 'here') return one.readHere()
    if (this.#end?.is === 'given-up') return this.#unread(one.path, this.#end.fault)
    const answered = Promise.withResolvers<readonly ContentOutcome[]>()
    this.#lastId += 1
    this.#pending.set(this.#lastId, { ...one, answered, isSent: false, askedBytes: 0 })
    this.#sendMore()
    return answered.promise
  }

  #sendMore(): void {
    const child = this.#child
    if (child === null) {
      if (!this.#isStarting) void this.#start()
      return
    }
    for (const [id, one] of this.#pending) {
      // While a file is looked for over which readers end, there is one at a time.
      if (this.#suspects.size > 0 && one.isSent) return
      if (one.isSent) continue
      one.isSent = true
      one.send(child, id).catch((thrown: unknown) => one.answered.reject(thrown))
      if (this.#suspects.size > 0) return
    }
  }

  async #start(): Promise<void> {
    this.#isStarting = true
    try {
      const child = await this.#pool.take()
      if (child === null) return this.#readAllHere()
      if (this.#isClosed) return this.#pool.retire(child)
      void this.#serve(child)
    } catch (thrown) {
      this.#failAll(thrown)
    }
  }

  async #serve(child: ReaderChild): Promise<void> {
    const stopped = Promise.withResolvers<void>()
    this.#stop = stopped.resolve
    this.#questions = 0
    const listener = {
      frame: (type: number, body: Buffer) => this.#hear(child, type, body),
      owes: () => this.#questions === 0 && [...this.#pending.values()].some(({ isSent }) => isSent),
    }
    try {
      await child.during(listener, null, async () => {
        await this.#sayHow(child, this.#suspects.size > 0)
        this.#child = child
        this.#isStarting = false
        this.#sendMore()
        await stopped.promise
      })
    } catch (thrown) {
      this.#child = null
      this.#isStarting = false
      this.#pool.retire(child)
      if (thrown instanceof ReaderFault && !this.#isClosed) this.#learn(thrown)
      else this.#failAll(thrown)
      return
    }
    this.#child = null
    this.#pool.retire(child)
  }

  async #sayHow(child: ReaderChild, isCareful: boolean): Promise<void> {
    const job: ReaderJob = { is: 'files', leftOut: this.#retries.leftOut, isCareful }
    await child.send(FRAME.job, Buffer.from(JSON.stringify(job)))
  }

  #hear(child: ReaderChild, type: number, body: Buffer): void {
    if (type === FRAME.ask) return this.#answer(child, body)
    const id = type === FRAME.result && body.length >= 4 ? body.readUInt32LE(0) : 0
    const one = this.#pending.get(id)
    if (one === undefined || !one.isSent) return void child.lied(`a message of type ${type} about no file that it has`)
    const answer = parsedAnswer(child, body, outcomesAnswer)
    this.#pending.delete(id)
    if (answer.is === 'found') one.answered.resolve(answer.value)
    else {
      const message = answer.is === 'thrown' ? answer.message : answer.error.is
      one.answered.resolve(this.#unread(one.path, new ReaderFault('crashed', message, null)))
    }
    if (this.#suspects.delete(id) && this.#suspects.size === 0) void this.#sayHow(child, false)
    if (this.#suspects.size > 0 || this.#pending.size > 0) this.#sendMore()
  }

  #answer(child: ReaderChild, body: Buffer): void {
    const question = questionSchema.safeParse(JSON.parse(body.toString('utf8')))
    if (!question.success || !('of' in question.data)) return void child.lied('a question that cannot be answered')
    const { id, of, offset, length } = question.data
    const one = this.#pending.get(of)
    const access = one?.access ?? null
    if (one === undefined || access === null) return void child.lied('it asks for a file that it does not have')
    one.askedBytes += length
    if (one.askedBytes > CONTENT_LIMITS.readBytesPerFile + HEAD_BYTES || offset + length > access.sizeBytes) {
      return void child.lied('it asks for bytes that are not to be had')
    }
    const head = Buffer.alloc(5)
    head.writeUInt32LE(id, 0)
    this.#questions += 1
    access
      .read(offset, length)
      .then(bytes => {
        head.writeUInt8(ANSWER.bytes, 4)
        return child.send(FRAME.answer, head, bytes)
      })
      .catch(async (thrown: unknown) => {
        one.answered.reject(thrown)
        head.writeUInt8(ANSWER.fault, 4)
        await child.send(FRAME.answer, head, Buffer.from('{"reason":"unreadable","detail":"it cannot be read"}'))
      })
      .finally(() => {
        this.#questions -= 1
      })
  }

  /** A reader has ended over one of the files that it had. */
  #learn(fault: ReaderFault): void {
    const had = [...this.#pending].filter(([, { isSent }]) => isSent)
    const mayTryAgain = this.#retries.mayTryAgain(fault)
    const [only] = had
    if (!mayTryAgain && this.#retries.ends > this.#pool.limits.restartsPerTree) {
      this.#end = { is: 'given-up', fault }
      for (const { path, answered } of this.#pending.values()) answered.resolve(this.#unread(path, fault))
      this.#pending.clear()
      return
    }
    // It had one file, and no analyzer of it can be named: the file is left out whole.
    if (fault.at === null && had.length === 1 && only !== undefined) {
      const [id, { path, answered }] = only
      answered.resolve(this.#unread(path, fault))
      this.#pending.delete(id)
      this.#suspects.delete(id)
    }
    for (const [id, one] of had) {
      if (!this.#pending.has(id)) continue
      one.isSent = false
      one.askedBytes = 0
      this.#suspects.add(id)
    }
    if (this.#pending.size > 0) this.#sendMore()
  }

  /** One outcome for each analyzer that would have read the file. */
  #unread(path: string, fault: ReaderFault): readonly ContentOutcome[] {
    const named = this.#analyzers.wanting(path)
    const wanting = named.length > 0 ? named : this.#analyzers.mayOpen(path)
    return wanting.map(({ id }) => outcomeAfter(fault, path, id))
  }

  #readAllHere(): void {
    this.#end = { is: 'here' }
    for (const one of this.#pending.values()) one.readHere().then(one.answered.resolve, one.answered.reject)
    this.#pending.clear()
  }

  #failAll(thrown: unknown): void {
    for (const { answered } of this.#pending.values()) answered.reject(thrown)
    this.#pending.clear()
  }
}
