/** Numbers of a binary file; what lies outside it is 0, as is an 8-byte number too large to be a place in a file. */
export class ByteView {
  readonly bytes: Uint8Array
  readonly #view: DataView
  readonly #isLittleEndian: boolean

  constructor(bytes: Uint8Array, isLittleEndian: boolean) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#isLittleEndian = isLittleEndian
  }

  u16(at: number): number {
    return this.#has(at, 2) ? this.#view.getUint16(at, this.#isLittleEndian) : 0
  }

  u32(at: number): number {
    return this.#has(at, 4) ? this.#view.getUint32(at, this.#isLittleEndian) : 0
  }

  u64(at: number): number {
    if (!this.#has(at, 8)) return 0
    const number = Number(this.#view.getBigUint64(at, this.#isLittleEndian))
    return Number.isSafeInteger(number) ? number : 0
  }

  /** A number as wide as the machine's addresses. */
  word(at: number, is64: boolean): number {
    return is64 ? this.u64(at) : this.u32(at)
  }

  /** Text up to a NUL or to the end of a field. */
  text(at: number, length: number): string {
    let text = ''
    for (let index = at; index < Math.min(at + length, this.bytes.length); index++) {
      const byte = this.bytes[index] ?? 0
      if (byte === 0) break
      text += String.fromCharCode(byte)
    }
    return text
  }

  #has(at: number, length: number): boolean {
    return at >= 0 && at + length <= this.bytes.length
  }
}
