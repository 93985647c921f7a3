"""Reading the lists that schools send: files to sheets, sheets to columns, cells to values. Knows no database."""
