// Work that waits for the one before it.

/** What `work` makes of each, begun when the one before has ended. */
export async function oneAfterAnother<From, To>(
  list: readonly From[],
  work: (one: From) => Promise<To>,
): Promise<readonly To[]> {
  const done: To[] = [];
  for (const one of list) done.push(await work(one));
  return done;
}
