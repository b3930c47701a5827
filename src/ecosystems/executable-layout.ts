/** Part of the file that is loaded at an address. */
export interface Segment {
  readonly offset: number
  readonly sizeBytes: number
  readonly address: number
  readonly isWritable: boolean
  readonly isExecutable: boolean
}

export interface Section {
  readonly name: string
  readonly offset: number
  readonly sizeBytes: number
  readonly address: number
}

/** What the head of an executable says about the rest. */
export interface ExecutableLayout {
  readonly format: 'elf' | 'pe' | 'mach-o'
  readonly isLittleEndian: boolean
  readonly is64: boolean
  readonly segments: readonly Segment[]
  /** Named parts, where the head names them; ELF keeps that list elsewhere. */
  readonly sections: readonly Section[]
  /** Where ELF keeps its list of sections, and which of them holds their names. */
  readonly sectionTable: { readonly offset: number; readonly count: number; readonly namesIndex: number } | null
}
