import { err, ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import { type Analyzer, EMPTY_ANALYSIS, type FileAnalysis, type ScannedFile } from '../ecosystem.ts'
import { isVersionText } from '../found-packages.ts'
import { linesOf } from '../text-lines.ts'

/** Those of JDKs have some kilobytes: a list of modules is the longest line. Others of this name are something else. */
const LIMIT_BYTES = 1024 * 1024

/** The file `release` in the home of a Java runtime: `JAVA_VERSION="17.0.12"`, `IMPLEMENTOR="Eclipse Adoptium"`. (JEP 220) */
export const jdkRelease: Analyzer = {
  id: 'generic/jdk-release',
  revision: 1,
  limitBytes: LIMIT_BYTES,
  wants: path => path.endsWith('/release'),
  analyze: analyzeRelease,
}

function analyzeRelease(file: ScannedFile): Result<FileAnalysis, InventoryProblem> {
  const fields = new Map<string, string>()
  for (const line of linesOf(decodeUtf8(file.bytes))) {
    const [, key, value] = /^([A-Z][A-Z_]{1,40})="?([^"]*)"?\s*$/.exec(line) ?? []
    if (key !== undefined && value !== undefined && !fields.has(key)) fields.set(key, value)
  }
  const version = fields.get('JAVA_VERSION')
  if (version === undefined) return ok(EMPTY_ANALYSIS)
  if (!isVersionText(version)) {
    return err({
      path: file.path,
      reason: 'package-without-version',
      detail: 'a Java runtime with an unreadable version',
    })
  }
  const name = nameOf(fields)
  const found = { type: 'generic', name, version, arch: null, source: null, manager: 'OTHER' } as const
  return ok({ ...EMPTY_ANALYSIS, packages: [found] })
}

/**
 * Amazon Corretto, Oracle's JDK and JRE as Amazon Inspector names them, the others as Syft does, to which every other
 * builder's is OpenJDK. Those with another virtual machine are named apart: flaws of HotSpot are none of theirs.
 */
function nameOf(fields: ReadonlyMap<string, string>): string {
  const implementor = (fields.get('IMPLEMENTOR') ?? '').toLowerCase()
  if (/openj9/i.test(fields.get('JVM_VARIANT') ?? '') || implementor.includes('ibm')) return 'ibm/semeru'
  if (fields.has('GRAALVM_VERSION') || implementor.includes('graalvm')) return 'oracle/graalvm'
  if (implementor.includes('amazon')) return 'amazon/amazon-corretto'
  if (implementor.includes('azul')) return 'azul/zulu'
  // Before Java 9 the file named no builder; Oracle's own was built as `commercial`.
  if (implementor.includes('oracle') || fields.get('BUILD_TYPE') === 'commercial') {
    return /jre/i.test(fields.get('IMAGE_TYPE') ?? '') ? 'oracle/jre' : 'oracle/jdk'
  }
  return 'oracle/openjdk'
}
