declare const brand: unique symbol

/** A `T` that only its parser can make, so that an account id is never passed where an ARN is meant. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }
