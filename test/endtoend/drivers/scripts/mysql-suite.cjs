// Schema, rows and transactions through mysql (npm): port and keyspace are the arguments. A program of its own, as jest
// cannot load that package.
const assert = require('node:assert/strict');
const { promisify } = require('node:util');
const mysql = require('mysql');

const [port, database] = process.argv.slice(2);

async function main() {
  const pool = mysql.createPool({
    host: '127.0.0.1',
    port: Number(port),
    user: 'test',
    database,
    connectionLimit: 3,
  });
  const query = promisify(pool.query).bind(pool);
  await query(
    'create table mysqljs_thing (id bigint primary key, name varchar(50), n int, unique key (id, name))',
  );
  const rows = [1, 2, 3, 4].map((id) => [id, `n${id}`, id * 10]);
  assert.equal((await query('insert into mysqljs_thing (id, name, n) values ?', [rows])).affectedRows, 4);
  const found = await query('select name from mysqljs_thing where id in (?) order by id', [[1, 4]]);
  assert.deepEqual(
    found.map((row) => row.name),
    ['n1', 'n4'],
  );
  const changed = await query('update mysqljs_thing set ? where id = ?', [{ n: 7 }, 2]);
  assert.deepEqual([changed.affectedRows, changed.changedRows], [1, 1]);
  const [sums] = await query('select count(*) as c, sum(n) as s from mysqljs_thing');
  assert.deepEqual([sums.c, sums.s], [4, 87]);
  const connection = await promisify(pool.getConnection).bind(pool)();
  await promisify(connection.beginTransaction).bind(connection)();
  await promisify(connection.query).bind(connection)('delete from mysqljs_thing');
  await promisify(connection.rollback).bind(connection)();
  connection.release();
  assert.equal((await query('select count(*) as c from mysqljs_thing'))[0].c, 4);
  await assert.rejects(query('insert into mysqljs_thing values (1, "x", 1)'), { code: 'ER_DUP_ENTRY' });
  await query('drop table mysqljs_thing');
  await promisify(pool.end).bind(pool)();
  console.log('ok');
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
