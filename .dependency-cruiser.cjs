/**
 * The tiers of docs/ARCHITECTURE.md: imports point down (services -> T3 -> T2 -> T1 -> T0). Inside a tier an import
 * is allowed when it is declared in package.json; cycles never are.
 */
const tiers = {
  T0: ['base', 'proto'],
  T1: ['vterrors', 'sqltypes', 'key'],
  T2: ['sqlparser', 'evalengine', 'vindexes', 'mysql', 'telemetry', 'servenv', 'topo'],
  T3: ['queryservice', 'tmclient', 'discovery', 'mysqlctl', 'vreplication', 'vtctlcommands', 'testkit'],
};
const dirs = (names) => `^packages/(${names.join('|')})/`;
const above = (tier) => {
  const order = ['T0', 'T1', 'T2', 'T3'];
  return order.slice(order.indexOf(tier) + 1).flatMap((t) => tiers[t]);
};
const notTest = { pathNot: '\\.(test|contract)\\.ts$' };

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    ...['T0', 'T1', 'T2'].map((tier) => ({
      name: `${tier}-imports-down`,
      severity: 'error',
      from: { path: dirs(tiers[tier]), ...notTest },
      to: { path: dirs(above(tier)) },
    })),
    {
      name: 'packages-know-no-service',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(services|clients|tools|test)/' },
    },
    {
      name: 'services-know-no-other-service',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/([^/]+)/', pathNot: '^services/$1/' },
    },
    {
      name: 'clients-know-no-service',
      severity: 'error',
      from: { path: '^clients/', ...notTest },
      // `vtctl --server=internal` is a vtctld of its own.
      to: { path: '^(services|tools)/', pathNot: '^services/vtctld/src/index\\.ts$' },
    },
    {
      name: 'pure-packages',
      comment: 'these are libraries of their own: no environment, no telemetry',
      severity: 'error',
      from: { path: '^packages/(sqlparser|mysql|vindexes|evalengine|key|sqltypes)/', ...notTest },
      to: { path: '^packages/(servenv|telemetry)/' },
    },
    {
      name: 'engine-knows-no-planner',
      severity: 'error',
      from: { path: '^services/vtgate/src/engine/', ...notTest },
      to: { path: '^services/vtgate/src/(planner|executor)/' },
    },
    {
      name: 'planner-knows-no-executor',
      severity: 'error',
      from: { path: '^services/vtgate/src/planner/' },
      to: { path: '^services/vtgate/src/executor/' },
    },
    {
      name: 'testkit-is-for-tests',
      severity: 'error',
      from: {
        path: '^(packages|services|clients|tools)/',
        pathNot: '(\\.(test|contract)\\.ts$|^packages/testkit/|^tools/[^/]+/test/)',
      },
      to: { path: '^packages/testkit/' },
    },
    {
      name: 'declared-dependencies',
      severity: 'error',
      from: { path: '^(packages|services|clients|tools)/', ...notTest },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], pathNot: 'node_modules/@types' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(/dist/|/bin/|^tools/dev/|\\.json$)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.test.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@vitess-ts/source', 'import', 'require', 'node', 'default', 'types'],
    },
  },
};
