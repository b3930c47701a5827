import type { Ecosystem } from '../ecosystems/ecosystem.ts'
import { analyzerSet } from './analyzer-set.ts'
import { readDisk } from './disk/read-disk.ts'
import { fileReaderHere } from './file-reader.ts'
import { readCheckedLayer, readLayerTar } from './read-layer.ts'
import type { Readers } from './readers.ts'
import { readSbom } from './sbom/read-sbom.ts'

/** Layers that are read at once in one process: two keep two cores busy and memory low. */
const AT_ONCE = 2

/** Reads in this process: for what is trusted, for tests, and where no process can be started. */
export function readersHere(ecosystems: readonly Ecosystem[]): Readers {
  const analyzers = analyzerSet(ecosystems)
  return {
    atOnce: AT_ONCE,
    begin: () => ({
      ...fileReaderHere(ecosystems),
      async readLayer(input, limits, signal) {
        const bytes = await input.open()
        return readCheckedLayer(input, bytes, limits, signal, pieces =>
          readLayerTar(pieces, input.blob, analyzers, limits),
        )
      },
      readDisk: (source, options) => readDisk(source, ecosystems, options),
      readSbom: async (bytes, path) => readSbom(bytes, path),
      close() {},
    }),
  }
}
