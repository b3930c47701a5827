import { TarReader } from '../base/tar-reader.ts'
import type { TarEntry } from '../base/tar-reader.ts'

/** What one archive of records may cost at most. */
export interface TarTextLimits {
  readonly entries: number
  readonly entryBytes: number
}

export interface TarText {
  /** As the archive has it. Never used as a path. */
  readonly name: string
  readonly content: { readonly text: string } | { readonly problem: 'entry-too-large' | 'entry-not-utf8' }
}

/** Nothing more of the archive can be believed: it is damaged or cut, or beyond its limits. */
export class TarError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TarError'
  }
}

/** Extended headers of archives of records hold a path, no more. */
const HEADER_BYTES = 64 * 1024

/**
 * The wanted files of a tar that comes in pieces, in its order; one is held at a time. A bad entry is handed out with its
 * problem; a bad archive throws `TarError`. What unpacks the pieces holds the whole to its limits.
 */
export async function* tarTexts(
  pieces: AsyncIterable<Uint8Array>,
  isWanted: (name: string) => boolean,
  limits: TarTextLimits,
): AsyncGenerator<TarText> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let ready: TarText[] = []
  const visitor = {
    entry(entry: TarEntry): 'keep' | 'skip' {
      const name = entry.rawPath
      if (entry.kind !== 'file' || entry.isSparse || !isWanted(name)) return 'skip'
      if (entry.sizeBytes <= limits.entryBytes) return 'keep'
      ready.push({ name, content: { problem: 'entry-too-large' } })
      return 'skip'
    },
    file(entry: TarEntry, bytes: Uint8Array): void {
      ready.push({ name: entry.rawPath, content: textOf(bytes, decoder) })
    },
  }
  const tar = new TarReader(visitor, { headerBytes: HEADER_BYTES, entries: limits.entries }, problem => {
    return new TarError(problem.detail)
  })
  for await (const piece of pieces) {
    tar.push(piece)
    if (ready.length === 0) continue
    const texts = ready
    ready = []
    yield* texts
  }
  tar.end()
}

function textOf(bytes: Uint8Array, decoder: { decode(bytes: Uint8Array): string }): TarText['content'] {
  try {
    return { text: decoder.decode(bytes) }
  } catch {
    return { problem: 'entry-not-utf8' }
  }
}
