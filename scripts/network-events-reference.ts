import { CHANGE_ROWS, INSTANCE_STATE_CALLS } from '../src/aws/network/change-events.ts'
import { DETAIL_TYPES, EVENT_PATTERN } from '../src/aws/network/change-notice.ts'

/** docs/reference/network-events.md */
export function networkEventsPage(): string {
  const inWords = (calls: 'all' | readonly string[]): string =>
    calls === 'all' ? 'everything' : calls.map(call => `\`${call}\``).join(', ')
  return [
    '# Changes of networks',
    '',
    'Made from the code (`npm run docs`). Events of EventBridge that a server takes for a watched network, and what it asks AWS again because of each',
    '([how to have them sent](../how-to/network-reachability.md#5-tell-it-of-changes)). With each call go those that its ids come from, and all that are made',
    'about what it lists. Other events, calls that only read, calls that AWS refused, and events of another account or Region are counted and change nothing.',
    '',
    'A rule needs this pattern; event names are left to the server, as they are longer than patterns may be:',
    '',
    '```json',
    JSON.stringify(EVENT_PATTERN, null, 2),
    '```',
    '',
    `\`${DETAIL_TYPES.state}\` asks for ${inWords(INSTANCE_STATE_CALLS)}. Of \`${DETAIL_TYPES.call}\`:`,
    '',
    '| Source | Event names | What is asked again |',
    '| --- | --- | --- |',
    ...CHANGE_ROWS.map(
      ({ source, events, calls }) =>
        `| \`${source}\` | ${events.map(each => `\`${each}\``).join(', ')} | ${inWords(calls)} |`,
    ),
    '',
    'Global Accelerator tells of its changes in `us-west-2` alone: a rule there sends them to the same place.',
    '',
  ].join('\n')
}
