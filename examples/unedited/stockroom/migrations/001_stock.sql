CREATE TABLE stock (
  item text PRIMARY KEY,
  amount integer NOT NULL CHECK (amount >= 0)
);
