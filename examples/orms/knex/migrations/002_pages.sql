alter table "books" add column "pages" integer;
create index "books_title_index" on "books" ("title");
