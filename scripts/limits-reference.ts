import type { Limit } from '../src/inventory/limits.ts'
import { LIMITS } from './limit-facts.ts'

/** docs/reference/limits.md: what reading may cost at most, and why. */
export function limitsPage(): string {
  return [
    '# Limits',
    '',
    'Made from the code (`npm run docs`); a test compares it, and each limit has a test that reaches it. Everything that is read may be hostile: no',
    'size, count or depth in it is trusted. What passes a limit is refused or left out, and that is told with the name of the limit or with the path: in',
    'coverage, and among the problems of a scan. It never counts as "nothing found". The values are chosen by us unless a reason names their source.',
    '',
    'Each kind of file has a size of its own up to which it is read: [What is read](inventory.md), column "At most".',
    '',
    ...Object.entries(LIMITS).map(([about, table]) => section(about, table)),
  ].join('\n')
}

function section(about: string, table: Readonly<Record<string, Limit>>): string {
  const rows = Object.entries(table).map(
    ([name, limit]) => `| \`${name}\` | ${valueOf(limit)} | ${limit.of} | ${limit.because} |`,
  )
  const title = `## ${about.charAt(0).toUpperCase()}${about.slice(1)}`
  return [title, '', '| Limit | At most | Of | Because |', '| --- | --- | --- | --- |', ...rows, ''].join('\n')
}

function valueOf({ value, unit }: Limit): string {
  switch (unit) {
    case 'bytes':
      return sizeOf(value)
    case 'ms':
      return `${value / 60_000} min`
    case 'times':
      return `${value} : 1`
    case 'entries':
      return value.toLocaleString('en')
    case 'characters':
    case 'levels':
      return `${value.toLocaleString('en')} ${unit}`
  }
}

/** Bytes in the largest unit that they reach, to a tenth. */
export function sizeOf(bytes: number): string {
  const units = [
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
    ['KiB', 1024],
  ] as const
  const [unit, size] = units.find(([, one]) => bytes >= one) ?? ['bytes', 1]
  return `${Math.round((bytes / size) * 10) / 10} ${unit}`
}
