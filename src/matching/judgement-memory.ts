import type { SubjectJudgement } from './judge-subject.ts'

/** Judgements that are kept; beyond that all are forgotten, which costs time and nothing else. */
const JUDGEMENTS_KEPT = 20_000

/**
 * What was found out about packages under one version of the advisories. Most packages of a fleet are the same few
 * thousand, so whoever matches many inventories hands one memory to all. (matching-and-feeds §5.3, 6)
 */
export class JudgementMemory {
  private version: string | null = null
  private readonly judgements = new Map<string, SubjectJudgement>()

  /** The judgement under this key, made by `judge` when it is not known for this version. */
  remember(advisoryVersion: string, key: string, judge: () => SubjectJudgement): SubjectJudgement {
    if (this.version !== advisoryVersion || this.judgements.size >= JUDGEMENTS_KEPT) {
      this.judgements.clear()
      this.version = advisoryVersion
    }
    let judgement = this.judgements.get(key)
    if (judgement === undefined) this.judgements.set(key, (judgement = judge()))
    return judgement
  }
}
