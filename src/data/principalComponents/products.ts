// Matrix products on an engine, for what is no network: covariances, projections, distances.
import { InternalError } from "../../base/errors.js";
import type { Engine, Executable } from "../../engines/engine.js";
import { graphBuilder, ops, program, type Shape } from "../../tensor/index.js";

export interface ProductOptions {
  /** As it lies in memory, [rows, columns]. */
  readonly shapeA: Shape;
  readonly shapeB: Shape;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

export interface Products {
  /** a·b, each transposed first where asked for; row-major, a copy. In the engine's precision, which is float32 but for the reference. */
  multiply(a: Float32Array, b: Float32Array, options: ProductOptions): Promise<Float32Array>;
  /** Gives back the engine's memory. */
  dispose(): void;
}

/** Products are compiled for the shapes that come, so take few of them. */
export async function openProducts(engine: Engine): Promise<Products> {
  const session = await engine.open([]);
  const executables = new Map<string, Promise<Executable>>();
  const executableFor = ({ shapeA, shapeB, transposeA = false, transposeB = false }: ProductOptions) => {
    const key = JSON.stringify([shapeA, shapeB, transposeA, transposeB]);
    const known = executables.get(key);
    if (known !== undefined) return known;
    const { add, input } = graphBuilder();
    const product = add(ops.matmul, [input("a", shapeA), input("b", shapeB)], { transposeA, transposeB });
    const compiled = session.compile(program({ name: `product ${key}`, outputs: { product }, updates: {} }));
    executables.set(key, compiled);
    return compiled;
  };
  return {
    async multiply(a, b, options) {
      const { product } = await (await executableFor(options)).run({ a, b });
      if (product === undefined) throw new InternalError("the program gave no product");
      return Float32Array.from(product);
    },
    dispose: () => session.dispose(),
  };
}
