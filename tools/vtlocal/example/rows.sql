insert into commerce.product (sku, description, price) values
  ('SKU-1001', 'Monitor', 100),
  ('SKU-1002', 'Keyboard', 30),
  ('SKU-1003', 'Mouse', 15);
insert into customer.customer (email) values
  ('alice@example.com'), ('bob@example.com'), ('charlie@example.com'), ('dan@example.com'), ('eve@example.com');
insert into customer.corder (customer_id, sku, price) values
  (1, 'SKU-1001', 100), (2, 'SKU-1002', 30), (3, 'SKU-1002', 30), (4, 'SKU-1003', 15), (5, 'SKU-1001', 100);
