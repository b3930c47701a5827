import { defineConfig } from 'vitest/config'

/**
 * Two projects: `unit` needs nothing but the repository (this is `npm test`); `real-parts` talks to real servers
 * (PostgreSQL, an OCI registry, the AWS CLI) that `.ci/run` installs, and is named `*.real.test.ts`.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['**/*.real.test.ts', '**/node_modules/**'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'real-parts',
          include: ['src/**/*.real.test.ts', 'test/**/*.real.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
