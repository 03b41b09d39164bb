"""A mapped class through SQLAlchemy: port and keyspace are the arguments."""

import sys

from sqlalchemy import BigInteger, String, create_engine, func, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

port, keyspace = int(sys.argv[1]), sys.argv[2]


class Base(DeclarativeBase):
    pass


class Thing(Base):
    __tablename__ = "sqlalchemy_thing"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(50), index=True)
    n: Mapped[int | None]


engine = create_engine(f"mysql+pymysql://test@127.0.0.1:{port}/{keyspace}?charset=utf8mb4")
Base.metadata.drop_all(engine)
Base.metadata.create_all(engine)
Base.metadata.create_all(engine)  # the second time it sees that all is there
assert [c["name"] for c in inspect(engine).get_columns("sqlalchemy_thing")] == ["id", "name", "n"]
with Session(engine) as session:
    session.add_all([Thing(id=i, name=f"n{i}", n=i * 10) for i in range(1, 5)])
    session.commit()
    assert session.get(Thing, 3).name == "n3"
    total = session.execute(select(func.count(), func.sum(Thing.n)).where(Thing.n > 15)).one()
    assert (total[0], int(total[1])) == (3, 90)
    names = session.scalars(select(Thing.name).order_by(Thing.id.desc()).limit(2).offset(1)).all()
    assert names == ["n3", "n2"]
    session.get(Thing, 2).n = None
    session.commit()
    session.delete(session.get(Thing, 1))
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Thing)) == 4
    with session.begin_nested():
        session.get(Thing, 4).name = "nested"
    session.commit()
    session.add(Thing(id=1, name="x"))
    try:
        session.commit()
        raise AssertionError("a duplicate key was taken")
    except IntegrityError:
        session.rollback()
Base.metadata.drop_all(engine)
engine.dispose()
print("ok")
