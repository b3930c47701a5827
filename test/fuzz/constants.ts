/** Reasons are constants that can be counted; text of the input in one would be a way out for it. */
export function expectConstant(reason: string): void {
  if (!/^[a-z][a-z0-9-]*$/.test(reason)) throw new Error(`the reason is no constant: ${JSON.stringify(reason)}`)
}
