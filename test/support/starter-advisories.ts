import { openAdvisories } from '../../src/app/local-advisories.ts'
import type { AdvisoryIndex } from '../../src/matching/advisory-index.ts'

/** The advisories that come with the product, in a database of their own. */
export interface TestAdvisories {
  index(): AdvisoryIndex
  close(): void
}

export async function advisoriesForTest(home: string): Promise<TestAdvisories> {
  const opened = await openAdvisories(home)
  return { index: () => opened.index, close: () => opened.close() }
}
