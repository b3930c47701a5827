/** SHA-256 of the UTF-8 text, as 64 lower-case hexadecimal digits. A port, because pure rooms have no crypto. */
export type Sha256Hex = (text: string) => string
