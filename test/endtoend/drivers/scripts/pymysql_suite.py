"""Schema, rows and transactions through PyMySQL: port and keyspace are the arguments."""

import datetime
import decimal
import sys

import pymysql

port, keyspace = int(sys.argv[1]), sys.argv[2]
db = pymysql.connect(host="127.0.0.1", port=port, user="test", database=keyspace, charset="utf8mb4")

with db.cursor() as cursor:
    cursor.execute("drop table if exists pymysql_thing")
    cursor.execute(
        "create table pymysql_thing (id bigint primary key, name varchar(50), amount decimal(10,2), d date, b blob)"
    )
    rows = [(i, f"n{i} é🙂", decimal.Decimal(i) / 4, datetime.date(2024, 1, i), bytes([0, i, 255])) for i in range(1, 5)]
    assert cursor.executemany("insert into pymysql_thing values (%s, %s, %s, %s, %s)", rows) == 4
    db.commit()
    cursor.execute("select * from pymysql_thing where id = %s", (3,))
    assert cursor.fetchall() == (rows[2],)
    cursor.execute("select count(*), sum(amount) from pymysql_thing where id > %s", (1,))
    assert cursor.fetchone() == (3, decimal.Decimal("2.25"))
    assert cursor.execute("update pymysql_thing set name = %s where id in %s", ("x", (1, 2))) == 2
    db.rollback()
    cursor.execute("select name from pymysql_thing order by id limit 2")
    assert [name for (name,) in cursor] == ["n1 é🙂", "n2 é🙂"]
    try:
        cursor.execute("insert into pymysql_thing (id) values (1)")
        raise AssertionError("a duplicate key was taken")
    except pymysql.err.IntegrityError as error:
        assert error.args[0] == 1062
    db.rollback()

with db.cursor(pymysql.cursors.SSDictCursor) as cursor:
    cursor.execute("select id from pymysql_thing order by id")
    assert [row["id"] for row in cursor] == [1, 2, 3, 4]

with db.cursor() as cursor:
    cursor.execute("drop table pymysql_thing")
db.close()
print("ok")
