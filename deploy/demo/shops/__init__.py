"""Small shops in the shape of the platforms that merchants have, in memory, to try Beckon's codes in."""
