import type { Command } from 'commander'
import { SETTINGS } from '../src/app/config.ts'
import { EXIT_CODES } from '../src/cli/exit-codes.ts'
import { buildProgram } from '../src/cli/main.ts'
import { ECOSYSTEMS } from '../src/ecosystems/index.ts'
import { feedsFor } from '../src/feeds/index.ts'
import { nativeFeeds } from '../src/feeds/native-feeds.ts'
import { OSV_PARTS } from '../src/feeds/osv/feed.ts'
import { explainPage } from './explain-reference.ts'
import { inventoryPage } from './inventory-reference.ts'
import { limitsPage } from './limits-reference.ts'
import { networkEventsPage } from './network-events-reference.ts'
import { networkFindingsPage } from './network-findings-reference.ts'
import { scorePage } from './score-reference.ts'

/** Pages of docs/reference/ that are made from the code; a test compares them, `npm run docs` writes them. */
export const REFERENCE_PAGES: Readonly<Record<string, () => string>> = {
  'configuration.md': configurationPage,
  'cli.md': cliPage,
  'matching.md': matchingPage,
  'explain.md': explainPage,
  'inventory.md': inventoryPage,
  'limits.md': limitsPage,
  'network-events.md': networkEventsPage,
  'network-findings.md': networkFindingsPage,
  'score.md': scorePage,
}

function configurationPage(): string {
  return [
    '# Configuration',
    '',
    'Environment variables of every command. An empty variable counts as unset.',
    '',
    '| Variable | Default | Meaning |',
    '| --- | --- | --- |',
    ...SETTINGS.map(({ name, fallback, meaning }) => {
      const shown = /[`(]/.test(fallback) ? fallback : `\`${fallback}\``
      return `| \`${name}\` | ${shown} | ${meaning} |`
    }),
    '',
    '`openinspector scan` takes the login of its registry from the environment, from AWS where the registry is one of Amazon ECR',
    "(with the credentials that AWS's SDKs find), or from the files that Docker and Podman keep (`~/.docker/config.json`, `auth.json`).",
    'Credential helpers that those files name are programs: they are run with `--credential-helpers` only.',
    '',
    '`openinspector scan` sends `OPENINSPECTOR_REGISTRY_USERNAME` and `OPENINSPECTOR_REGISTRY_PASSWORD` to the registry of its',
    'target, and to no other host. Commands that speak to a server read the credentials as the AWS tools do:',
    '`AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, else the file `AWS_SHARED_CREDENTIALS_FILE`.',
    '',
  ].join('\n')
}

const EXIT_CODE_WORDS: Readonly<Record<keyof typeof EXIT_CODES, string>> = {
  done: 'the command did what it was asked',
  threshold: '`--fail-on`: a finding or an open path reached the threshold',
  usage: 'the command line or the environment is wrong',
  failed: 'the target, the server or a feed could not be read',
  incomplete:
    'the scan went through, but the operating system is not known to the advisories, or parts of the network were not described: no finding means "not known"',
}

function cliPage(): string {
  const program = buildProgram(() => {})
  return [
    '# Command line',
    '',
    'Results go to standard output, everything else to standard error. Colour is used on terminals only, and never with `NO_COLOR`.',
    '',
    '## Exit codes',
    '',
    '| Code | Meaning |',
    '| --- | --- |',
    ...Object.entries(EXIT_CODES).map(
      ([name, code]) => `| ${code} | ${EXIT_CODE_WORDS[name as keyof typeof EXIT_CODES]} |`,
    ),
    '',
    ...leaves(program, '').flatMap(({ path, command }) => commandSection(path, command)),
  ].join('\n')
}

/** Any year: which years a feed is asked for is no part of the page. */
const SOME_YEAR = 2026

function matchingPage(): string {
  const rows = ECOSYSTEMS.map(({ purlType, scheme, analyzers, contentAnalyzers = [], knownLimits }) => {
    const reads = [...analyzers, ...contentAnalyzers]
      .map(analyzer => `\`${analyzer.id.slice(purlType.length + 1)}\``)
      .join(', ')
    return `| \`${purlType}\` | \`${scheme.id}\` | ${reads} | ${knownLimits.join(' ')} |`
  })
  const native = nativeFeeds()
    .map(id => `\`${id}\``)
    .join(', ')
  const feeds = feedsFor(ECOSYSTEMS, SOME_YEAR).map(({ id, title, licence }) => `| \`${id}\` | ${title} | ${licence} |`)
  return [
    '# What is matched, and what it rests on',
    '',
    'Made from the code (`npm run docs`); a test compares it. A package whose version cannot be read, or about which no feed speaks, is never "not',
    'vulnerable": it is undetermined, or its system is `UNSUPPORTED_OS`, and coverage says so.',
    '',
    'Every file that is read, and what is not: [What is read](inventory.md).',
    '',
    '## Ecosystems',
    '',
    '| purl type | Version order | Reads | Known limits |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    '## Feeds',
    '',
    '| Feed | What it is | Licence |',
    '| --- | --- | --- |',
    ...feeds,
    '',
    `Parts of \`osv\`: ${OSV_PARTS.join(', ')}. Where a distribution has a feed of its own (${native}), its word`,
    'alone counts as soon as it speaks about the release; OSV stands in until then ([decision](../decisions/0011-the-vendor-speaks-for-its-packages.md)).',
    '',
  ].join('\n')
}

function leaves(command: Command, prefix: string): { readonly path: string; readonly command: Command }[] {
  return command.commands.flatMap(child => {
    const path = `${prefix}${child.name()}`
    return child.commands.length > 0 ? leaves(child, `${path} `) : [{ path, command: child }]
  })
}

function commandSection(path: string, command: Command): string[] {
  const args = command.registeredArguments
    .map(argument => (argument.required ? `<${argument.name()}>` : `[${argument.name()}]`))
    .join(' ')
  const options = command.options.map(option => {
    const choices = option.argChoices === undefined ? '' : ` (${option.argChoices.join(', ')})`
    const fallback = option.defaultValue === undefined ? '' : ` Default: ${String(option.defaultValue)}.`
    return `| \`${option.flags}\` | ${option.description}${choices}.${fallback} |`
  })
  return [
    `## \`openinspector ${path}${args === '' ? '' : ` ${args}`}\``,
    '',
    command.description(),
    '',
    ...(options.length === 0 ? [] : ['| Option | Meaning |', '| --- | --- |', ...options, '']),
  ]
}
