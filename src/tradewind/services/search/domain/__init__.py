"""What is searched, and what is meant by what is typed. Pure: no I/O."""
