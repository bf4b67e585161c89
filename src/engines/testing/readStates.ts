// For tests: several entries of a session's state at once.
import type { Numbers, Session } from "../engine.js";

/** State entries by name, in the written layout. */
export async function readStates(
  session: Pick<Session, "read">,
  names: readonly string[],
): Promise<Readonly<Record<string, Numbers>>> {
  const read: Record<string, Numbers> = {};
  for (const name of names) read[name] = await session.read(name);
  return read;
}
