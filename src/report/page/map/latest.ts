// Asks again and again, and lets only the newest answer count: a slider is moved faster than pictures are made. Pure.

/**
 * While an answer is being made, only the last question that came meanwhile waits; those between are dropped.
 * @param told hears the answers of questions that were asked; also of one that a newer question waits behind, so that a picture
 *   moves while the slider does
 */
export function latest<Question, Answer>(
  ask: (question: Question) => Promise<Answer>,
  told: (answer: Answer, question: Question) => void,
  failed: (error: unknown) => void,
): (question: Question) => void {
  let isAsking = false;
  let waiting: { readonly question: Question } | undefined;
  const go = async (first: Question): Promise<void> => {
    isAsking = true;
    for (let next: { readonly question: Question } | undefined = { question: first }; next !== undefined; ) {
      const { question } = next;
      try {
        told(await ask(question), question);
      } catch (error) {
        failed(error);
      }
      next = waiting;
      waiting = undefined;
    }
    isAsking = false;
  };
  return (question) => {
    if (isAsking) waiting = { question };
    else void go(question);
  };
}
