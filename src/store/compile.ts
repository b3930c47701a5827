import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
} from 'kysely'

// Statements are written with Kysely's `sql` tag, which binds every value; the connections are ours.
const compiler = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: db => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

/** The text of a statement with `$1`, `$2`, … and the values that belong to them. */
export function compile(statement: RawBuilder<unknown>): { readonly text: string; readonly values: unknown[] } {
  const compiled = statement.compile(compiler)
  return { text: compiled.sql, values: [...compiled.parameters] }
}
