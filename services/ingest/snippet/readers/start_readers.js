/** Starts what reads the page, each apart from the others. */
if (core.report) [checkCommands, loadMore, watchFields, watchPages, watchRequests, startReaders].forEach((part) => safely(part)());
