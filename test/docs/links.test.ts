import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const PAGES = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
]

/** As GitHub makes them: lower case, without marks, hyphens for blanks. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

/** Links of a page that lead nowhere in the repository. */
function deadLinksOf(page: string): readonly string[] {
  const text = readFileSync(join(ROOT, page), 'utf8')
  const links = [...text.matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]+))?\)/g)]
  const dead = links.filter(([, path = '', anchor]) => {
    const target = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), path)
    if (!existsSync(target)) return true
    return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor)
  })
  return dead.map(([link]) => link)
}

/** Decisions that a page names by number and that nobody wrote. */
function missingDecisionsOf(page: string): readonly string[] {
  const written = readdirSync(join(ROOT, 'docs/decisions'))
  const named = readFileSync(join(ROOT, page), 'utf8').matchAll(/\bdecisions\/(\d{4})/g)
  return [...named].map(([, number = '']) => number).filter(number => !written.some(name => name.startsWith(number)))
}

describe('the links of', () => {
  it.each(PAGES)('%s lead somewhere', page => {
    expect(deadLinksOf(page)).toEqual([])
    expect(missingDecisionsOf(page)).toEqual([])
  })
})
