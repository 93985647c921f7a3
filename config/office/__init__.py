"""The office's overview of its schools: figures of every room, so it lives above all of them."""
