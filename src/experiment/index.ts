// What other rooms use of experiments.
export {
  applyChanges,
  applySettings,
  type Change,
  experimentText,
  parseExperiment,
  parseYaml,
  readExperiment,
  schemaFileName,
  schemaLine,
  settingChange,
} from "./document.js";
export { batchesPerEpoch, fitEpochs, stepsPerEpoch } from "./epochs.js";
export { madeText } from "./madeText.js";
export { type MadeExperiment, madeToMeasure, type Purpose, purposeNames, purposes } from "./madeToMeasure.js";
export {
  checkExperiment,
  checkShape,
  experimentModel,
  type LoadModules,
  type ReadExperiment,
  type ResolvedExperiment,
  type ResolvedPhase,
  readDocument,
  resolve,
  resolveByLook,
  rewritten,
} from "./resolved.js";
export {
  type Experiment,
  type ExperimentModel,
  experimentSchema,
  type Phase,
  phaseSchema,
  type Spec,
} from "./schema.js";
