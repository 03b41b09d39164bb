import { describeCommandLine } from './command-line.contract';
import { describeDrizzle } from './drizzle.contract';
import { describeIntrospection } from './introspection.contract';
import { describeKnex } from './knex.contract';
import { describeKysely } from './kysely.contract';
import { describeMariadbConnector } from './mariadb-connector.contract';
import { describeMysql2 } from './mysql2.contract';
import { describePrepared } from './prepared.contract';
import { describeScripts } from './scripts.contract';
import { describeSequelize } from './sequelize.contract';
import { describeSessionState } from './session-state.contract';
import { describeShow } from './show.contract';
import { startShop, type ShopCluster } from './shop-cluster.contract';
import { describeTypeorm } from './typeorm.contract';
import { describeVariables } from './variables.contract';

const PORT_BASE = 25_400;

/** What drivers, ORMs and people at the prompt send, on a keyspace of two shards. */
describe('clients', () => {
  jest.setTimeout(120_000);
  let started: ShopCluster;

  beforeAll(async () => {
    started = await startShop(PORT_BASE);
  });
  afterAll(() => started?.stop());

  const shop = (): ShopCluster => started;
  describeMysql2(shop);
  describePrepared(shop);
  describeMariadbConnector(shop);
  describeCommandLine(shop);
  describeKnex(shop);
  // The sharded keyspace, and the one that is not.
  for (const keyspace of ['shop', 'main']) {
    describeSequelize(shop, keyspace);
    describeTypeorm(shop, keyspace);
    describeDrizzle(shop, keyspace);
    describeKysely(shop, keyspace);
    describeScripts(shop, keyspace);
  }
  describeIntrospection(shop);
  describeVariables(shop);
  describeShow(shop);
  describeSessionState(shop);
});
