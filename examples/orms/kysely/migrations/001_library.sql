create table "authors" ("id" uuid default gen_random_uuid() primary key, "name" text not null);
create table "books" ("id" uuid default gen_random_uuid() primary key, "isbn" text not null unique, "title" text not null, "author_id" uuid not null references "authors" ("id"));
