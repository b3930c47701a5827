// The floors of ARCHITECTURE.md: a room imports itself and lower floors, never its own floor, never up.
// Type-only imports count: a project without value cycles can still be one knot of types.
const floors = [
  ['base'],
  ['domain'],
  ['ecosystems'],
  ['feeds', 'inventory', 'matching', 'reachability', 'findings', 'coverage', 'accounts'],
  ['scanning'],
  ['api', 'store', 'aws', 'jobs', 'system'],
  ['app', 'cli'],
]

// The same inside of reachability/: what its folders share are the contract (edge.ts) and the options.
const reachabilityFloors = [
  'sets',
  'network',
  'filters',
  'forwarding',
  'ways',
  'edges',
  'transit',
  'relays',
  'verdicts',
]
const REACHABILITY_CONTRACTS = '^src/reachability/(edge|analysis-options)\\.ts$'

const PURE_ROOMS = '^src/(base|domain|ecosystems|matching|reachability|findings)/'
const TESTS = '\\.(test|suite)\\.ts$'

/** Every room that `room` on floor `height` may not import. */
function forbiddenFor(room, height) {
  const allowed = new Set([room, ...floors.slice(0, height).flat()])
  // The command line joins rooms for `scan` and `advisories`, which run without a server: app/ does the joining.
  if (room === 'cli')
    for (const name of floors.flat()) if (!['base', 'domain', 'app', 'cli'].includes(name)) allowed.delete(name)
  if (room === 'cli') allowed.add('app')
  return `^src/(${floors
    .flat()
    .filter(name => !allowed.has(name))
    .join('|')})/`
}

export default {
  forbidden: [
    ...floors.flatMap((rooms, height) =>
      rooms.map(room => ({
        name: `${room}-looks-down-only`,
        severity: 'error',
        comment: 'Pass a value, declare a port here, or let scanning/ or app/ join the two rooms.',
        from: { path: `^src/${room}/`, pathNot: TESTS },
        to: { path: forbiddenFor(room, height) },
      })),
    ),
    ...reachabilityFloors.map((folder, height) => ({
      name: `reachability-${folder}-looks-down-only`,
      severity: 'error',
      comment: 'Sets know no networks, filters no routes, ways no edges: move what both need down, or pass it.',
      from: { path: `^src/reachability/${folder}/`, pathNot: TESTS },
      to:
        folder === 'verdicts'
          ? { path: '^src/reachability/[^/]+$', pathNot: [REACHABILITY_CONTRACTS, '/edge-kinds\\.ts$'] }
          : {
              path: `^src/reachability/([^/]+$|(${reachabilityFloors.slice(height + 1).join('|')})/)`,
              pathNot: folder === 'sets' ? [] : [REACHABILITY_CONTRACTS],
            },
    })),
    {
      name: 'plugins-are-strangers',
      severity: 'error',
      comment: 'Lift what two ecosystems or feeds share into ecosystems/*.ts or feeds/*.ts.',
      from: { path: '^src/(ecosystems|feeds)/([^/]+)/' },
      to: { path: '^src/$1/[^/]+/', pathNot: '^src/$1/$2/' },
    },
    {
      name: 'pure-rooms-do-no-io',
      severity: 'error',
      comment: 'Pure rooms take values and ports; the adapter lives on a higher floor.',
      from: { path: PURE_ROOMS, pathNot: TESTS },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-circles',
      severity: 'error',
      comment: 'Find the third thing that both need, and give it a file of its own.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'known-rooms-only',
      severity: 'error',
      comment: 'A new room needs a floor in .dependency-cruiser.mjs and a line in ARCHITECTURE.md.',
      from: {},
      to: { path: '^src/[^/]+/', pathNot: `^src/(${floors.flat().join('|')})/` },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'types'] },
  },
}
