import { INFLATED_REPORT_LIMIT_BYTES, REPORT_LIMIT_BYTES } from '../src/api/agent/report-schema.ts'
import { MOST_LANGUAGE_PACKAGES } from '../src/app/agent/agent-settings.ts'
import { NETWORK_LIMITS } from '../src/aws/network/limits.ts'
import { XML_LIMITS } from '../src/base/xml.ts'
import { RUNTIME_LIMITS } from '../src/domain/runtime-facts.ts'
import { ARCHIVE_LIMITS } from '../src/ecosystems/maven/archive-limits.ts'
import { ZIP_LIMITS } from '../src/ecosystems/zip-archive.ts'
import { INVENTORY_LIMITS, type Limit } from '../src/inventory/limits.ts'

/** What is said of a limit whose value stands in a room below or beside `inventory/`. */
type Words = Omit<Limit, 'value'>

const ZIP: Readonly<Record<keyof typeof ZIP_LIMITS, Words>> = {
  members: {
    unit: 'entries',
    of: 'descriptions and archives in one archive; classes do not count',
    because: 'Their names stay in memory together.',
  },
  directoryBytes: {
    unit: 'bytes',
    of: "an archive's directory",
    because: 'One with a million classes has about 100 MiB.',
  },
  nameBytes: {
    unit: 'bytes',
    of: "a member's name; a member with a longer one is left out",
    because: 'PATH_MAX of Linux: it could not be unpacked.',
  },
  ratio: {
    unit: 'times',
    of: 'inflated to compressed bytes of a member, from `ratioFromBytes` on',
    because: 'Archives in archives deflate 1 : 1.',
  },
  ratioFromBytes: {
    unit: 'bytes',
    of: 'a member when inflated, from which on `ratio` is looked at',
    because: 'Short texts may repeat themselves, and cost little.',
  },
}

const JAVA: Readonly<Record<keyof typeof ARCHIVE_LIMITS, Words>> = {
  fileBytes: {
    unit: 'bytes',
    of: 'an archive in a file system or layer; little of it is in memory at any time',
    because: 'Web applications with all their libraries reach 150 MiB; those that carry models some more.',
  },
  nestedBytes: {
    unit: 'bytes',
    of: 'an archive that is packed in another; one that is stored as it is has no limit of its own',
    because: 'It is inflated into memory.',
  },
  inflatedBytes: {
    unit: 'bytes',
    of: 'all that is inflated of one file, whatever its size',
    because: 'Some seconds of one core; of the largest applications it is a tenth of this.',
  },
  descriptions: {
    unit: 'entries',
    of: 'descriptions by Maven and manifests in one file, at every depth',
    because: 'A jar with every POM of a distribution has some thousands.',
  },
  depth: {
    unit: 'levels',
    of: 'archives in one another',
    because: 'Ear, war, jar, and a jar that brings another along.',
  },
  archives: {
    unit: 'entries',
    of: 'archives in one file, at every depth',
    because: 'The largest applications have some thousand.',
  },
  descriptionBytes: {
    unit: 'bytes',
    of: 'a `pom.properties` or `pom.xml`',
    because: 'Real `pom.properties` have 150 bytes, the longest `pom.xml` some hundred KiB.',
  },
  manifestBytes: {
    unit: 'bytes',
    of: 'a `MANIFEST.MF`',
    because: 'A signed one lists each class with its digest.',
  },
  inflatedRatio: {
    unit: 'times',
    of: 'all that is inflated of one file to its size',
    because: 'All members together: classes deflate well, archives in archives hardly.',
  },
  inflatedFloorBytes: {
    unit: 'bytes',
    of: 'what of any file may be inflated, whatever its size',
    because: 'A small jar may hold a large manifest.',
  },
}

const RUNTIME: Readonly<Record<keyof typeof RUNTIME_LIMITS, Words>> = {
  sockets: {
    unit: 'entries',
    of: 'listening sockets of a host; more are cut and named in `gaps`',
    because: 'A report stays small, and a list readable.',
  },
  packages: {
    unit: 'entries',
    of: 'packages with loaded files; more are cut and named in `gaps`',
    because: 'A report stays small, and a list readable.',
  },
  filesPerPackage: {
    unit: 'entries',
    of: 'loaded files that are named per package',
    because: 'Enough to see why it counts as loaded.',
  },
  unownedFiles: {
    unit: 'entries',
    of: 'loaded files of no package; more are cut and named in `gaps`',
    because: 'A report stays small, and a list readable.',
  },
  pathCharacters: {
    unit: 'characters',
    of: 'one path',
    because: 'PATH_MAX of Linux.',
  },
}

const XML: Readonly<Record<keyof typeof XML_LIMITS, Words>> = {
  depth: {
    unit: 'levels',
    of: 'elements inside each other; SBOMs may have as many as their own table says',
    because: 'Each open element stays in memory.',
  },
  tag: {
    unit: 'characters',
    of: 'one tag, comment or other piece of markup',
    because: 'One tag is held in memory.',
  },
  attributes: {
    unit: 'entries',
    of: 'attributes of one tag',
    because: 'They are held in memory together.',
  },
}

const AGENT: Readonly<Record<string, Limit>> = {
  reportBytes: {
    value: REPORT_LIMIT_BYTES,
    unit: 'bytes',
    of: "an agent's report as it is sent, gzip",
    because: 'Ten times what a workstation with 8,000 packages sends.',
  },
  inflatedReportBytes: {
    value: INFLATED_REPORT_LIMIT_BYTES,
    unit: 'bytes',
    of: "an agent's report when inflated",
    because: 'Eight times what may be sent.',
  },
  languagePackages: {
    value: MOST_LANGUAGE_PACKAGES,
    unit: 'entries',
    of: 'language packages of a host; the rest is counted in a problem',
    because: 'Amazon Inspector stops there too (User Guide, deep inspection).',
  },
  ...table(RUNTIME_LIMITS, RUNTIME),
}

/** Every limit of what is read, by what it is about; those of one reader stand beside it in inventory.md. */
export const LIMITS: Readonly<Record<string, Readonly<Record<string, Limit>>>> = {
  ...INVENTORY_LIMITS,
  'zip archives': table(ZIP_LIMITS, ZIP),
  'Java archives': table(ARCHIVE_LIMITS, JAVA),
  XML: table(XML_LIMITS, XML),
  agents: AGENT,
  'recorded networks': NETWORK_LIMITS,
}

function table<Name extends string>(
  values: Readonly<Record<Name, number>>,
  words: Readonly<Record<Name, Words>>,
): Record<string, Limit> {
  const names = Object.keys(words) as Name[]
  return Object.fromEntries(names.map(name => [name, { value: values[name], ...words[name] }]))
}
