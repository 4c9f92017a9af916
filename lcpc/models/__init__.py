"""Networks: shapes in, shapes out. They know no files, data sets or command lines."""
