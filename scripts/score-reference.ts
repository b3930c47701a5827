import { SCORE_RULES } from '../src/findings/inspector-score/score-rules.ts'
import { POINTS, POINTS_OF_SEVERITY } from '../src/findings/risk/risk-order.ts'

/** docs/reference/score.md */
export function scorePage(): string {
  return [
    '# Scores',
    '',
    'Made from the code (`npm run docs`).',
    '',
    '## Inspector score',
    '',
    'The base score is the first CVSS 3.x score in the order of the sources (`openinspector explain` shows the choice). For package findings of EC2 instances it is',
    'looked at in context: what the network makes impossible is taken out of the vector, and the score is computed anew by CVSS 3.x.',
    '',
    '| The network of the instance | Metric | From | To | Reason, as `adjustedCvss.adjustments` gives it |',
    '| --- | --- | --- | --- | --- |',
    ...SCORE_RULES.map(
      ({ exposure, metric, metricName, from, to, reason }) =>
        `| \`${exposure}\` | ${metricName} | ${metric}:${from} | ${metric}:${to} | ${reason} |`,
    ),
    '',
    '- A rule never raises a score. Base scores and vectors stay in `packageVulnerabilityDetails.cvss`; the severity follows the adjusted score.',
    '- `internet`, `unknown`, and instances whose network was never evaluated keep the base score: only knowledge lowers one.',
    '- `none` means that nothing beyond the VPC reaches the instance. Its neighbours in the VPC may.',
    '- Images and functions, and scores of CVSS 2.0 and 4.0, keep the base score, with no adjustments.',
    '- Whether an exploit exists is shown (`exploitAvailable`, `exploitabilityDetails`, `epss`) and changes no metric: CVSS base metrics have none for it, and its',
    '  temporal one could only lower the score of what nobody has published an exploit for yet.',
    '- When the network changes, scores follow without matching packages again; a finding that is scored otherwise is updated, with an event.',
    '',
    'Amazon does not publish its rules: these are ours.',
    '',
    '## Risk',
    '',
    'An order of what to look at first, beside the Inspector score and never instead of it. The risk of a finding is the sum of its parts, which are shown with it.',
    'What nobody knows weighs between the best and the worst.',
    '',
    '| Part | Points |',
    '| --- | --- |',
    `| Inspector score | ${POINTS.perScore} for each point of it |`,
    `| without a score, its severity | ${Object.entries(POINTS_OF_SEVERITY)
      .map(([severity, points]) => `${severity} ${points}`)
      .join(', ')} |`,
    `| known to be exploited (CISA KEV) | ${POINTS.knownExploited} |`,
    `| else: an exploit is public | ${POINTS.exploit} |`,
    `| EPSS | up to ${POINTS.perEpss}, in proportion, rounded down |`,
    `| the network of the instance | ${Object.entries(POINTS.exposure)
      .map(([level, points]) => `\`${level}\` ${points}`)
      .join(', ')} |`,
    `| in use: a running process has files of a vulnerable package loaded | yes ${POINTS.inUse.yes}, unknown ${POINTS.inUse.unknown}, no ${POINTS.inUse.no} |`,
    '',
    'Network findings have a severity and an exposure: that of the edge they come in by. Findings of images count as exposed to nobody knows whom.',
    '',
  ].join('\n')
}
