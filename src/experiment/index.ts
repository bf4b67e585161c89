// What other rooms use of experiments.
export {
  applyChanges,
  applySettings,
  type Change,
  experimentText,
  parseExperiment,
  parseYaml,
  settingChange,
} from "./document.js";
export { batchesPerEpoch, fitEpochs, stepsPerEpoch } from "./epochs.js";
export { findPreset, listPresets, loadPreset, type Preset } from "./presets.js";
export {
  checkExperiment,
  experimentModel,
  type ReadExperiment,
  type ResolvedExperiment,
  type ResolvedPhase,
  readDocument,
  resolve,
} from "./resolved.js";
export {
  type Experiment,
  type ExperimentModel,
  experimentSchema,
  type Phase,
  phaseSchema,
  type Spec,
} from "./schema.js";
