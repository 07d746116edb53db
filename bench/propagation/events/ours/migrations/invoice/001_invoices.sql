create table invoices (number int primary key, total int not null);
