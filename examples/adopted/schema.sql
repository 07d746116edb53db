create table organizations (
  id uuid primary key,
  name text not null
);

create table projects (
  id serial primary key,
  organization_id uuid not null references organizations (id),
  name text not null
);

create table tasks (
  id serial primary key,
  organization_id uuid not null references organizations (id),
  project_id integer not null references projects (id),
  title text not null,
  done boolean not null default false
);

insert into organizations values
  ('3fa85f64-5717-4562-b3fc-2c963f66afa6', 'Acme'),
  ('9b2d7c1e-52a1-4c3b-8f0e-6d5c4b3a2f10', 'Zeta');
insert into projects (organization_id, name) values
  ('3fa85f64-5717-4562-b3fc-2c963f66afa6', 'Rocket'),
  ('9b2d7c1e-52a1-4c3b-8f0e-6d5c4b3a2f10', 'Zoo');
insert into tasks (organization_id, project_id, title) values
  ('3fa85f64-5717-4562-b3fc-2c963f66afa6', 1, 'Find fuel'),
  ('9b2d7c1e-52a1-4c3b-8f0e-6d5c4b3a2f10', 2, 'Feed the lion');
