"""What must hold, one pure function each: case -> what was checked and what is wrong."""
