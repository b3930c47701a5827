import type { CsafDocument, CsafProduct } from './csaf-document.ts'

/** Relationships inside relationships: Red Hat's older modules have two, more have not been seen. */
const LIMIT_DEPTH = 5
/** Products that one id may turn out to be made of. */
const LIMIT_LEAVES = 16

/** Takes the product ids of a document apart. */
export interface CsafProductIds {
  /**
   * What the id stands for, from the component to the platform that it is part of: `[openssl, RHEL 9]`, with a module
   * between them where the document puts one there. `null` for an id that leads nowhere, in a circle, or too deep.
   */
  partsOf(productId: string): readonly CsafProduct[] | null
}

export function csafProductIds({ products, relationships }: CsafDocument): CsafProductIds {
  const known = new Map<string, readonly CsafProduct[] | null>()

  function partsOf(productId: string, depth: number): readonly CsafProduct[] | null {
    if (depth > LIMIT_DEPTH) return null
    const before = known.get(productId)
    if (before !== undefined) return before
    const found = resolve(productId, depth)
    // What is too deep from here may not be from elsewhere: only whole answers are kept.
    if (found !== null) known.set(productId, found)
    return found
  }

  function resolve(productId: string, depth: number): readonly CsafProduct[] | null {
    const relationship = relationships.get(productId)
    if (relationship === undefined) {
      const product = products.get(productId)
      return product === undefined ? null : [product]
    }
    const component = partsOf(relationship.component, depth + 1)
    const platform = component === null ? null : partsOf(relationship.platform, depth + 1)
    if (component === null || platform === null) return null
    return component.length + platform.length > LIMIT_LEAVES ? null : [...component, ...platform]
  }

  return { partsOf: productId => partsOf(productId, 0) }
}
