create table customer (
  customer_id bigint not null,
  email varchar(128),
  primary key (customer_id)
);
create table corder (
  order_id bigint not null,
  customer_id bigint not null,
  sku varbinary(128),
  price bigint,
  primary key (order_id),
  key (customer_id)
);
