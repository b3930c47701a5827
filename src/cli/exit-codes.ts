/** What the process says to the script that called it. Listed in docs/reference/cli.md; a test compares them. */
export const EXIT_CODES = {
  /** The command did what it was asked. */
  done: 0,
  /** `--fail-on`: a finding or an open path reached the threshold. */
  threshold: 1,
  /** The command line or the environment is wrong. */
  usage: 2,
  /** The target, the server or a feed could not be read. */
  failed: 3,
  /** It went through, but packages could not be matched at all, or a network was not described: "no findings" would mean "not known". */
  incomplete: 4,
} as const

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES]
