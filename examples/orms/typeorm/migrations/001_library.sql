----------------------------------------------------------------
-- Schema synchronization will execute following sql queries (3):
----------------------------------------------------------------
CREATE TABLE "authors" ("id" uuid NOT NULL DEFAULT gen_random_uuid(), "name" text NOT NULL, CONSTRAINT "PK_d2ed02fabd9b52847ccb85e6b88" PRIMARY KEY ("id"));
CREATE TABLE "books" ("id" uuid NOT NULL DEFAULT gen_random_uuid(), "isbn" text NOT NULL, "title" text NOT NULL, "author_id" uuid NOT NULL, CONSTRAINT "UQ_54337dc30d9bb2c3fadebc69094" UNIQUE ("isbn"), CONSTRAINT "PK_f3f2f25a099d24e12545b70b022" PRIMARY KEY ("id"));
ALTER TABLE "books" ADD CONSTRAINT "FK_1056dbee4616479f7d562c562df" FOREIGN KEY ("author_id") REFERENCES "authors"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;
