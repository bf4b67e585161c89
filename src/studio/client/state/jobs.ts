// The list of jobs as the server orders it, kept so while their news come in one by one.
import type { Job } from "../../api.js";

/** Running first, then waiting in their turn, then what has ended. */
const rank = ({ state }: Job): number => (state === "running" ? 0 : state === "waiting" ? 1 : 2);

/**
 * The list with the news of one job. A new one waits behind the others; one whose state has changed goes to its new group, what has
 * just ended before all that ended earlier; else it stays where it is.
 */
export function withJob(jobs: readonly Job[], job: Job): readonly Job[] {
  const known = jobs.find(({ id }) => id === job.id);
  if (known !== undefined && rank(known) === rank(job)) return jobs.map((one) => (one === known ? job : one));
  const others = jobs.filter((one) => one !== known);
  const isEnded = rank(job) === 2;
  const behind = others.findIndex((one) => (isEnded ? rank(one) === 2 : rank(one) > rank(job)));
  return behind < 0 ? [...others, job] : others.toSpliced(behind, 0, job);
}
