/** Rules of crates.io. (doc.rust-lang.org/cargo/reference/manifest.html, `name`) */
export function isCrateName(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_-]{0,127}$/.test(text)
}
