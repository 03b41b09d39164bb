import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { LocalCluster } from '@vitess-ts/testkit';
import { chromiumPath } from './chromium.contract';

const PORT_BASE = 26_050;
const READ_ONLY_PORT = PORT_BASE + 20;
const images = join(__dirname, '..', '..', '..', 'docs', 'images');

const path = chromiumPath();
if (path === undefined) {
  process.stderr.write('the web page is not tested: there is no chromium (apt-get install -y chromium)\n');
}

(path === undefined ? describe.skip : describe)('the web page', () => {
  jest.setTimeout(180_000);
  let cluster: LocalCluster;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    cluster = await LocalCluster.start({ portBase: PORT_BASE, args: ['--replicas', '1'] });
    browser = await chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-gpu'] });
    page = await newPage(browser, { width: 1280, height: 800 });
  });
  afterAll(async () => {
    await browser?.close();
    await cluster?.stop();
  });
  afterEach(() => expect(problems.splice(0)).toEqual([]));

  async function newPage(of: Browser, viewport: { width: number; height: number }): Promise<Page> {
    const made = await of.newPage({ viewport });
    made.setDefaultTimeout(30_000);
    made.on('pageerror', (error) => problems.push(error.message));
    made.on('console', (message) => {
      // The browser itself reports answers that are errors; tests look at what the page makes of them.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load'))
        problems.push(message.text());
    });
    return made;
  }

  const open = (where: string): Promise<unknown> =>
    page.goto(`http://${cluster.info.vtctld.http}/app/${where}`);
  const seen = (text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();
  const picture = async (name: string): Promise<void> => {
    if (process.env.UPDATE_IMAGES) await page.screenshot({ path: join(images, `${name}.png`) });
  };
  const tablet = (type: string, shard = '-80'): string =>
    cluster.info.tablets.find((t) => t.type === type && t.shard === shard)!.alias;

  /** Opens the dialog of an action, fills it, does it, and gives what it said. */
  async function act(label: string, fields: Record<string, string> = {}): Promise<string> {
    await page.getByRole('button', { name: label, exact: true }).first().click();
    const dialog = page.getByRole('dialog', { name: label, exact: true });
    for (const [field, value] of Object.entries(fields)) {
      const input = dialog.getByLabel(field);
      if ((await input.evaluate((element) => element.tagName)) === 'SELECT') await input.selectOption(value);
      else await input.fill(value);
    }
    await dialog.getByRole('button', { name: label, exact: true }).click();
    const outcome = dialog.locator('.outcome');
    // What a page is about may be gone with the action, and the page with it.
    await Promise.race([outcome.waitFor(), dialog.waitFor({ state: 'detached' })]);
    if (!(await dialog.isVisible())) return '';
    const text = await outcome.innerText();
    const close = dialog.getByRole('button', { name: 'Close' });
    if (await close.isVisible()) await close.click();
    return text;
  }

  test('the dashboard shows all tablets, live', async () => {
    await open('');
    await seen('serving');
    for (const { alias } of cluster.info.tablets) await page.getByRole('link', { name: alias }).waitFor();
    await page.getByText('need attention').locator('xpath=..').getByText('0', { exact: true }).waitFor();
    const replica = tablet('replica');
    const { pid } = { pid: cluster.info.tablets.find(({ alias }) => alias === replica)!.mysqldPid };
    process.kill(pid, 'SIGSTOP');
    try {
      const row = page.getByRole('row').filter({ hasText: replica });
      await row.locator('.health.bad').waitFor({ timeout: 20_000 });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await page.getByRole('row').filter({ hasText: replica }).locator('.health.good').waitFor();
    await picture('dashboard');
  });

  test('keyspaces and shards are created, changed and deleted', async () => {
    await open('');
    expect(await act('New keyspace', { Name: 'fresh', 'Durability policy': 'none' })).toMatch(/^Done/);
    await page.getByRole('link', { name: 'fresh' }).click();
    expect(await act('New shard', { 'Key range, such as -80, or 0': '-80' })).toMatch(/^Done/);
    expect(await act('New shard', { 'Key range, such as -80, or 0': '80-40' })).toMatch(/is empty/);
    expect(await act('Durability', { Policy: 'semi_sync' })).toMatch(/semi_sync/);
    await page.getByLabel('The record').getByText('semi_sync').waitFor();
    expect(await act('Rebuild serving graph')).toMatch(/no shard holds the keyspace ids from 80/);
    await open('shard/fresh/-80');
    expect(await act('Validate')).toMatch(/Done/);
    expect(await act('Delete')).toMatch(/^(Done|$)/);
    await open('keyspace/fresh');
    expect(await act('Delete')).toMatch(/^(Done|$)/);
    await page.waitForURL(/\/app\/$/);
    await page.getByRole('link', { name: 'fresh' }).waitFor({ state: 'detached' });
    await open('keyspace/customer');
    for (const label of ['Validate', 'Validate schema', 'Reload schema', 'Rebuild serving graph']) {
      expect(await act(label)).toMatch(/^Done/);
    }
    expect(await act('Delete')).toMatch(/shards/);
    await open('');
    expect(await act('Validate all')).toMatch(/^Done/);
  });

  test('the shard page shows its tablets and reloads schemas', async () => {
    await open('shard/customer/-80');
    await seen('primary_alias');
    expect(await act('Reload schema')).toMatch(/^Done/);
    await picture('shard');
  });

  test('every button of a tablet does what it says', async () => {
    const alias = tablet('replica');
    await open(`tablet/${alias}`);
    await page.getByRole('region', { name: 'State' }).getByText('serving').waitFor();
    for (const label of ['Ping', 'Health check', 'Refresh state', 'Reload schema', 'Read-only']) {
      expect(await act(label)).toMatch(/^Done/);
    }
    expect(await act('Full status')).toContain('server_uuid');
    expect(await act('Stop replication')).toMatch(/^Done/);
    expect(await act('Full status')).toMatch(/"(io|sql)_state": (0|1)/);
    expect(await act('Start replication')).toMatch(/^Done/);
    expect(await act('Change type', { Type: 'RDONLY' })).toMatch(/^Done/);
    await page.locator('.tag.rdonly').waitFor();
    expect(await act('Change type', { Type: 'REPLICA' })).toMatch(/^Done/);
    await page.locator('.tag.replica').waitFor();
    await picture('tablet');
  });

  test('the topology browser decodes each record', async () => {
    await open('topology');
    for (const step of ['global', 'keyspaces', 'customer', 'Keyspace']) {
      await page.getByRole('main').getByRole('list').getByRole('link', { name: step, exact: true }).click();
    }
    await seen('"durability_policy"');
    await open('topology/zone1/tablets');
    await page.getByRole('main').getByRole('list').getByRole('link').first().click();
    await page.getByRole('main').getByRole('list').getByRole('link', { name: 'Tablet' }).click();
    await seen('"port_map"');
    await picture('topology');
  });

  test('the replication graph shows who follows whom', async () => {
    await open('replication');
    const graph = page.getByRole('img', {
      name: new RegExp(`primary ${tablet('primary')}; ${tablet('replica')}`),
    });
    await graph.waitFor();
    await picture('replication');
    await graph.getByText(tablet('replica')).click();
    await page.waitForURL(new RegExp(`/tablet/${tablet('replica')}$`));
  });

  test('a schema change is looked at, applied on all shards, and found', async () => {
    await open('sql');
    await page.getByLabel('Keyspace').selectOption('customer');
    await page.getByLabel('SQL').fill('select 1');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByRole('alert').getByText('not a schema change').waitFor();
    await page.getByLabel('SQL').fill('create table visits (customer_id bigint primary key, seen datetime)');
    expect(await page.getByRole('button', { name: 'Apply' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByRole('region', { name: 'Preview' }).getByText('80-', { exact: true }).waitFor();
    await picture('change-schema');
    await page.getByRole('button', { name: 'Apply' }).click();
    await seen('Applied on all shards.');
    await page.getByRole('link', { name: 'Schema', exact: true }).click();
    await page.getByLabel('Search tables').fill('vis');
    await page.getByRole('link', { name: 'visits' }).click();
    await seen(/CREATE TABLE `visits`/);
    await picture('schema');
    for (const shard of ['-80', '80-']) {
      const db = await cluster.connect(`customer:${shard}`);
      expect((await db.query("show tables like 'visits'")).rows.length).toBe(1);
      db.destroy();
    }
  });

  test('a vschema is checked and changed', async () => {
    await open('vschema/customer');
    const editor = page.getByLabel('VSchema of customer');
    await page.waitForFunction("document.querySelector('textarea')?.value.includes('hash')");
    const before = await editor.inputValue();
    const changed = JSON.parse(before) as { tables: Record<string, unknown> };
    changed.tables.visits = { column_vindexes: [{ column: 'customer_id', name: 'hash' }] };
    await editor.fill(JSON.stringify(changed).replace('"hash"', '"nothing"'));
    await page.getByRole('button', { name: 'Check' }).click();
    await page.getByRole('alert').getByText('hash').waitFor();
    await editor.fill(JSON.stringify(changed));
    await page.getByRole('button', { name: 'Check' }).click();
    await seen('It can be applied. Nothing was changed.');
    await page.getByRole('button', { name: 'Apply' }).click();
    await seen('Applied: vtgates follow it at once.');
    await page.waitForFunction("document.querySelector('textarea')?.value.includes('visits')");
    await picture('vschema');
  });

  test('the SQL console shows plans as trees, and rows', async () => {
    await open('vexplain');
    await page.getByLabel(/^Target/).fill('customer');
    await page
      .getByLabel('SQL', { exact: true })
      .fill(
        'select c.email, o.price from customer c join corder o on c.email = o.sku order by o.price limit 3',
      );
    await page.getByRole('button', { name: 'Go' }).click();
    await page.getByRole('list', { name: 'The plan' }).getByText('Route').first().waitFor();
    await picture('vexplain');
    await page.getByLabel('What to show').selectOption('Run');
    await page.getByLabel('SQL', { exact: true }).fill("select 'a<b>' as x, null as y");
    await page.getByRole('button', { name: 'Go' }).click();
    await page.getByRole('cell', { name: 'a<b>' }).waitFor();
    await page.getByLabel('SQL', { exact: true }).fill('select * from nowhere');
    await page.getByRole('button', { name: 'Go' }).click();
    await page.getByRole('alert').getByText('nowhere').waitFor();
  });

  test('the activity page lists what was done here', async () => {
    await open('activity');
    const row = page.getByRole('row').filter({ hasText: 'applyVSchema' }).first();
    await row.getByText('done').waitFor();
    await page.getByRole('row').filter({ hasText: 'createKeyspace' }).first().waitFor();
    await picture('activity');
  });

  test('it can be used by keyboard alone', async () => {
    await open('');
    await seen('serving');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toContain('Skip to the content');
    const button = page.getByRole('button', { name: 'Validate all' });
    await button.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Validate all' });
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  });

  test('it fits a phone', async () => {
    const desk = page;
    page = await newPage(browser, { width: 390, height: 844 });
    try {
      for (const where of ['', 'replication', 'schema', 'vexplain', `tablet/${tablet('primary')}`]) {
        await open(where);
        await page.getByRole('heading').first().waitFor();
        const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
        expect(overflow).toBeLessThanOrEqual(0);
      }
      await open('');
      await seen('serving');
      await picture('phone');
    } finally {
      await page.close();
      page = desk;
    }
  });

  test('where it is read-only there are no buttons that change something', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'vt-web-'));
    const vtctld = await startReadOnly(cluster, dir);
    try {
      await page.goto(`http://127.0.0.1:${READ_ONLY_PORT}/app/tablet/${tablet('replica')}`);
      await seen('No login · viewer');
      const buttons = await page.getByRole('main').getByRole('button').allInnerTexts();
      expect(buttons).toEqual(['Ping', 'Full status']);
    } finally {
      vtctld.kill('SIGTERM');
      await once(vtctld, 'exit');
      await rm(dir, { recursive: true, force: true });
    }
  });
});

/** A second vtctld on the cluster's topology, which changes nothing over HTTP. */
async function startReadOnly(cluster: LocalCluster, dir: string): Promise<ChildProcess> {
  const { vtctld } = cluster.info;
  const bin = join(__dirname, '..', '..', '..', 'services', 'vtctld', 'bin', 'vtctld.js');
  const child = spawn(
    process.execPath,
    [
      ...[bin, '--http-read-only', '--port', String(READ_ONLY_PORT), '--grpc-port', '0'],
      ...['--topo-implementation', 'remote', '--topo-global-server-address', vtctld.grpc],
      ...['--topo-global-root', '/vitess/global'],
    ],
    { cwd: dir, stdio: 'ignore' },
  );
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${READ_ONLY_PORT}/debug/health`).catch(() => undefined);
    if (answer?.ok) return child;
    if (Date.now() > deadline || child.exitCode !== null)
      throw new Error('the read-only vtctld did not start');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
