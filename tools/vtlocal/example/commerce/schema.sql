create table product (
  sku varbinary(128) not null,
  description varchar(256),
  price bigint,
  primary key (sku)
);
create table customer_seq (
  id bigint not null,
  next_id bigint,
  cache bigint,
  primary key (id)
) comment 'vitess_sequence';
insert into customer_seq (id, next_id, cache) values (0, 1, 100);
create table order_seq (
  id bigint not null,
  next_id bigint,
  cache bigint,
  primary key (id)
) comment 'vitess_sequence';
insert into order_seq (id, next_id, cache) values (0, 1, 100);
