import { Link, Route, Router, Switch, useLocation } from 'wouter-preact';
import { get, type Features } from './api';
import { FeaturesContext, LiveContext, useLive } from './cluster';
import { Problem } from './components/basics';
import { ActivityPage } from './pages/activity';
import { Dashboard } from './pages/dashboard';
import { KeyspacePage } from './pages/keyspace';
import { ReplicationPage } from './pages/replication';
import { SchemaPage } from './pages/schema';
import { ShardPage } from './pages/shard';
import { SqlPage } from './pages/sql';
import { TabletPage } from './pages/tablet';
import { TopologyPage } from './pages/topology';
import { VExplainPage } from './pages/vexplain';
import { VSchemaPage } from './pages/vschema';
import { useLoaded } from './use-loaded';

const places: readonly (readonly [path: string, name: string])[] = [
  ['/', 'Dashboard'],
  ['/replication', 'Replication'],
  ['/schema', 'Schema'],
  ['/vschema', 'VSchema'],
  ['/sql', 'Change schema'],
  ['/vexplain', 'SQL console'],
  ['/topology', 'Topology'],
  ['/activity', 'Activity'],
];

export function App() {
  const live = useLive();
  const features = useLoaded(() => get<Features>('/api/features'), []);
  return (
    <FeaturesContext.Provider value={features.value ?? { user: '', role: 'viewer', sqlConsole: false }}>
      <LiveContext.Provider value={live}>
        <Router base="/app">
          <a class="skip" href="#content">
            Skip to the content
          </a>
          <div class="frame">
            <Side features={features.value} />
            <main class="content" id="content">
              <Problem text={features.error} />
              <Problem text={live.problem && `What is shown may be old: ${live.problem}`} />
              <Pages />
            </main>
          </div>
        </Router>
      </LiveContext.Provider>
    </FeaturesContext.Provider>
  );
}

function Side({ features }: { features?: Features }) {
  const [location] = useLocation();
  const isHere = (path: string): boolean => (path === '/' ? location === '/' : location.startsWith(path));
  return (
    <nav class="side" aria-label="Pages">
      <div class="brand">
        <img src="/app/icon.svg" alt="" />
        vitess-ts
      </div>
      <ul>
        {places.map(([path, name]) => (
          <li>
            <Link href={path} aria-current={isHere(path) ? 'page' : undefined}>
              {name}
            </Link>
          </li>
        ))}
      </ul>
      {features && (
        <p class="who">
          {features.user === '' ? 'No login' : features.user} · {features.role}
        </p>
      )}
    </nav>
  );
}

function Pages() {
  return (
    <Switch>
      <Route path="/">
        <Dashboard />
      </Route>
      <Route path="/replication">
        <ReplicationPage />
      </Route>
      <Route path="/schema">
        <SchemaPage />
      </Route>
      <Route path="/vschema/:keyspace?">{({ keyspace }) => <VSchemaPage keyspace={keyspace} />}</Route>
      <Route path="/sql">
        <SqlPage />
      </Route>
      <Route path="/vexplain">
        <VExplainPage />
      </Route>
      <Route path="/topology/*?">{(params) => <TopologyPage path={params['*'] ?? ''} />}</Route>
      <Route path="/activity">
        <ActivityPage />
      </Route>
      <Route path="/keyspace/:name">{({ name }) => <KeyspacePage name={name} />}</Route>
      <Route path="/shard/:keyspace/:shard">
        {({ keyspace, shard }) => <ShardPage keyspace={keyspace} shard={shard} />}
      </Route>
      <Route path="/tablet/:alias">{({ alias }) => <TabletPage alias={alias} />}</Route>
      <Route>
        <h1>There is no such page</h1>
      </Route>
    </Switch>
  );
}
