// What writes TensorBoard's files beside a training, and an ear for its events; loaded where somebody asks for it.
import type { TrainingEvent } from "../training/events.js";
import type { Surroundings } from "../training/loop.js";

/** @returns `emit` to hand to the training in place of its own */
export async function boardBeside({ emit, time }: Pick<Surroundings, "emit" | "time">) {
  const { openBoard } = await import("./tensorboard.js");
  const board = openBoard({ time, warn: (message) => emit({ kind: "warning", message }) });
  return {
    emit(event: TrainingEvent): void {
      emit(event);
      board.hear(event);
    },
    close: () => board.close(),
  };
}
