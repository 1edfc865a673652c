/** Starts what reads the page, each apart from the others. */
if (core.report) [loadMore, watchFields, watchPages, watchRequests, startReaders].forEach((part) => safely(part)());
