// The entry isthmus/engines: who computes. Opening one loads it; importing this does not.
export type {
  Engine,
  EngineInfo,
  EngineName,
  EngineOptions,
  Executable,
  Inputs,
  Outputs,
  Session,
} from "../engines/engine.js";
export { type EngineChoice, type EngineReport, inspectEngines, openEngine } from "../engines/index.js";
export { type Program, program } from "../tensor/index.js";
