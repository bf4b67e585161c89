// What runs for each pixel, each random number and each number of a small matrix, as vector instructions of WebAssembly.
// AssemblyScript: TypeScript's grammar with the types of the machine. Addresses are bytes in the module's memory; who lays
// it out is src/base/kernels.ts.

export { multiplySquare, orthonormalRows } from "./matrices";
export { dropoutMask, philoxBlocks } from "./random";
export { addFromTable, clip, unitFromBytes } from "./values";
export { warp } from "./warp";
