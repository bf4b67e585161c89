// Whole networks, trained ten steps from the same weights and batches as PyTorch (make_networks.py).
import { describe, expect, it } from "vitest";
import type { Session } from "../../src/engines/engine.js";
import {
  type BuildContext,
  decodeProgram,
  encodeProgram,
  evaluationProgram,
  modelState,
  readLoss,
  readModel,
  readOptimizer,
  trainingProgram,
} from "../../src/nn/index.js";
import { gradients, graphBuilder, program } from "../../src/tensor/index.js";
import {
  below,
  type Candidate,
  candidates,
  expectClose,
  type FixtureTensors,
  inputFor,
  largestDifference,
  readJson,
  readTensors,
  tensor,
} from "./fixtures.js";

interface NetworkFixture {
  readonly name: string;
  readonly model: unknown;
  readonly loss: string;
  readonly batchSize: number;
  readonly steps: number;
  readonly optimizer: Readonly<Record<string, { readonly learningRate: number }>>;
  readonly biasesBeforeBatchNorm: readonly string[];
}
const fixtures = readJson("networks") as readonly NetworkFixture[];

for (const fixture of fixtures) {
  const tensors = readTensors(fixture.name);
  const model = readModel(fixture.model);
  const loss = readLoss(fixture.loss);
  const optimizer = readOptimizer(fixture.optimizer);
  const { learningRate } = optimizer.options;
  const batch = (step: number) => {
    const { values } = tensor(tensors, "batches");
    const size = values.length / fixture.steps;
    return values.subarray(step * size, (step + 1) * size);
  };

  const openSession = async (candidate: Candidate, from: string): Promise<Session> => {
    const engine = await candidate.open();
    return engine.open(
      modelState(model, 0, optimizer).map((entry) => {
        const values = tensors[`${from}/${entry.name}`]?.values;
        return values === undefined ? entry : { ...entry, values };
      }),
    );
  };
  const takeSteps = async (candidate: Candidate, session: Session, steps: number): Promise<number[]> => {
    const step = await session.compile(
      trainingProgram({ model, loss, metrics: [], optimizer, batchSize: fixture.batchSize }),
    );
    const losses: number[] = [];
    for (let i = 0; i < steps; i++) {
      const scalars = Object.entries(optimizer.optimizer.scalars(optimizer.options, i + 1, learningRate));
      const images = inputFor(candidate, batch(i));
      const outputs = await step.run({
        input: images,
        target: images,
        ...Object.fromEntries(scalars.map(([name, value]) => [`optimizer.${name}`, inputFor(candidate, [value])])),
      });
      losses.push(outputs.objective?.[0] ?? Number.NaN);
    }
    return losses;
  };

  describe(`${fixture.name} has PyTorch's names and shapes`, () => {
    it("of parameters and buffers", () => {
      const found = modelState(model, 0).map(({ name, shape }) => [name, shape]);
      const expected = below(tensors, "initial/").map(([name, { shape }]) => [name, shape]);
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
    });
  });

  for (const candidate of candidates) {
    // DESIGN.md, section 11. PyTorch's own float32 is within 3e-6 of its float64 in every gradient of these fixtures.
    const tolerance = candidate.isExact
      ? { loss: 1e-9, gradient: 1e-9, tenSteps: 1e-9 }
      : { loss: 1e-5, gradient: 1e-4, tenSteps: 5e-4 };

    describe.skipIf(candidate.isMissing)(`${fixture.name} on ${candidate.name}`, () => {
      it("has PyTorch's loss and gradients in step one", async () => {
        const graph = graphBuilder();
        const shape = [fixture.batchSize, ...model.inputShape];
        const context: BuildContext = { graph, mode: "training", updates: {}, randomInputs: [] };
        const { objective } = model.objective(
          context,
          graph.input("input", shape),
          graph.input("target", shape),
          (a, b) => loss.build(a, b, graph.add),
        );
        const found = gradients(
          objective,
          model.parameters.map(({ name, shape }) => graph.state(name, shape)),
        );
        const outputs = Object.fromEntries(
          model.parameters.flatMap(({ name }, i) => {
            const gradient = found[i] ?? null;
            return gradient === null ? [] : [[`gradients/${name}`, gradient]];
          }),
        );
        const session = await openSession(candidate, "initial");
        const executable = await session.compile(program({ name: "gradients", outputs: { objective, ...outputs } }));
        const images = inputFor(candidate, batch(0));
        const result = await executable.run({ input: images, target: images });
        const [expectedLoss = Number.NaN] = tensor(tensors, "float64/losses").values;
        expectClose("loss", result.objective, [expectedLoss], tolerance.loss);
        for (const { name } of model.parameters) {
          if (fixture.biasesBeforeBatchNorm.includes(name)) continue;
          const key = `gradients/${name}`;
          expectClose(key, result[key], tensor(tensors, `float64/${key}`).values, tolerance.gradient);
        }
        session.dispose();
      });

      it("has PyTorch's parameters and running statistics after step one", async () => {
        const session = await openSession(candidate, "initial");
        await takeSteps(candidate, session, 1);
        await expectState(session, fixture, tensors, "after1", candidate.isExact ? () => 1e-9 : statisticsOnly);
        session.dispose();
      });

      it("has PyTorch's loss in each of ten steps, and what they leave behind", async () => {
        const session = await openSession(candidate, "initial");
        const losses = await takeSteps(candidate, session, fixture.steps);
        // Float32 is compared with PyTorch's float32.
        const expected = tensor(tensors, candidate.isExact ? "float64/losses" : "float32/losses").values;
        losses.forEach((value, step) => {
          expectClose(`loss of step ${step + 1}`, [value], expected.subarray(step, step + 1), tolerance.tenSteps);
        });
        if (candidate.isExact) await expectState(session, fixture, tensors, `after${fixture.steps}`, () => 1e-9);
        session.dispose();
      });

      it("has PyTorch's code, reconstruction and loss in inference mode with the trained weights", async () => {
        const session = await openSession(candidate, `float64/after${fixture.steps}`);
        const images = inputFor(candidate, batch(0));
        const evaluate = await session.compile(
          evaluationProgram({ model, loss, metrics: [], batchSize: fixture.batchSize }),
        );
        const encode = await session.compile(encodeProgram(model, fixture.batchSize));
        const decode = await session.compile(decodeProgram(model, fixture.batchSize));
        const { objective } = await evaluate.run({ input: images, target: images });
        expectClose("loss", objective, tensor(tensors, "float64/evaluated/loss").values, tolerance.loss);
        const { code } = await encode.run({ input: images });
        const expectedCode = tensor(tensors, "float64/evaluated/code").values;
        expectClose("code", code, expectedCode, tolerance.gradient);
        const { reconstruction } = await decode.run({ code: inputFor(candidate, expectedCode) });
        const expected = tensor(tensors, "float64/evaluated/reconstruction").values;
        expectClose("reconstruction", reconstruction, expected, tolerance.gradient);
        session.dispose();
      });
    });
  }
}

/**
 * Float32 running statistics of one batch. Parameters are left out: Adam's first step is the gradient's sign times the
 * learning rate, so that a gradient which is zero but for rounding may go either way.
 */
function statisticsOnly(name: string): number | null {
  return name.includes("running_") || name.includes("num_batches") ? 1e-5 : null;
}

/**
 * Holds a session's parameters and buffers against a float64 fixture.
 * @param toleranceOf relative to the tensor's largest element; null: not compared
 */
async function expectState(
  session: Session,
  fixture: NetworkFixture,
  tensors: FixtureTensors,
  when: string,
  toleranceOf: (name: string) => number | null,
): Promise<void> {
  for (const [name, { values }] of below(tensors, `float64/${when}/`)) {
    const tolerance = toleranceOf(name);
    if (tolerance === null || fixture.biasesBeforeBatchNorm.includes(name)) continue;
    // A bias before a batch norm drifts in PyTorch, by rounding that Adam makes large, and the running mean with it.
    const bias = fixture.biasesBeforeBatchNorm.find((bias) => name === runningMeanAfter(bias));
    const drift =
      bias === undefined
        ? 0
        : largestDifference(
            tensor(tensors, `float64/${when}/${bias}`).values,
            tensor(tensors, `initial/${bias}`).values,
          );
    expectClose(`${name} ${when}`, await session.read(name), values, tolerance, drift);
  }
}

/** `encoder.4.bias` is followed by the batch norm `encoder.5`. */
function runningMeanAfter(bias: string): string {
  const [part = "", index = ""] = bias.split(".");
  return `${part}.${Number(index) + 1}.running_mean`;
}
