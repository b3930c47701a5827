import { err, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import { isJsonObject, type JsonObject, member, readJson } from '../../ecosystems/json-file.ts'
import { readCsafVex } from './csaf-vex.ts'
import { readCycloneDxVex } from './cyclonedx-vex.ts'
import { textIn } from './json-members.ts'
import { readOpenVex } from './openvex.ts'
import { VEX_LIMITS, type VexDocument } from './vex-statement.ts'

/** Reads a VEX document wherever that is done; see `readVex`. */
export type ReadVex = (bytes: Uint8Array, path: string) => Promise<Result<VexDocument, string>>

/**
 * A VEX document, told by what it holds: OpenVEX, CSAF 2.0 or CycloneDX, in JSON. `path` stands in where a document does
 * not name itself. The error says what is wrong with the whole; what is wrong with a part is among its problems.
 */
export function readVex(bytes: Uint8Array, path: string): Result<VexDocument, string> {
  if (bytes.length > VEX_LIMITS.bytes) return err(`it has more than ${VEX_LIMITS.bytes} bytes`)
  const json = readJson(bytes, VEX_LIMITS)
  if (!json.ok) return json
  if (!isJsonObject(json.value)) return err('it is no JSON object')
  const document = attested(json.value)
  if (textIn(document, 'bomFormat') === 'CycloneDX') return readCycloneDxVex(document, path)
  if (isJsonObject(member(document, 'document'))) {
    return readCsafVex(document === json.value ? decodeUtf8(bytes) : JSON.stringify(document))
  }
  if (textIn(document, '@context')?.startsWith('https://openvex.dev/ns') === true) return readOpenVex(document, path)
  return err('it is neither OpenVEX, CSAF nor CycloneDX')
}

/** `{ "predicate": … }` of an in-toto statement. */
function attested(json: JsonObject): JsonObject {
  const predicate = member(json, 'predicate')
  return isJsonObject(predicate) ? predicate : json
}
