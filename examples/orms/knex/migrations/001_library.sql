create table "authors" ("id" uuid default (gen_random_uuid()), "name" text not null, constraint "authors_pkey" primary key ("id"));
create table "books" ("id" uuid default (gen_random_uuid()), "isbn" text not null, "title" text not null, "author_id" uuid not null, constraint "books_pkey" primary key ("id"));
alter table "books" add constraint "books_isbn_unique" unique ("isbn");
alter table "books" add constraint "books_author_id_foreign" foreign key ("author_id") references "authors" ("id");
