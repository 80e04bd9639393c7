-- What is collected needs no parcel and no address: a cart says where.

ALTER TABLE carts ADD COLUMN pickup text;
