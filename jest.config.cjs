/** Tests run on the TypeScript sources through swc; types are checked once by `npm run typecheck`. */
module.exports = {
  rootDir: __dirname,
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@vitess-ts/source', 'node', 'require', 'default'] },
  testMatch: ['<rootDir>/{packages,services,tools,clients,test}/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/'],
  watchPathIgnorePatterns: ['/dist/'],
  moduleFileExtensions: ['ts', 'mjs', 'cjs', 'js', 'json'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        sourceMaps: 'inline',
        module: { type: 'commonjs' },
        jsc: { target: 'es2022', parser: { syntax: 'typescript', decorators: false } },
      },
    ],
  },
  reporters: ['default', '<rootDir>/tools/dev/jest-reporter.cjs'],
  testTimeout: 60000,
  maxWorkers: 2,
};
