create table orders (number int primary key, total int not null);
