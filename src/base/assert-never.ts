/** Ends an exhaustive `switch`: a new member of the union stops the build here, and a lie in the types stops the run. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`)
}
