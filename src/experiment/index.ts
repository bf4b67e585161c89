// What other rooms use of experiments.
export {
  applyChanges,
  applySettings,
  type Change,
  experimentText,
  parseExperiment,
  parseYaml,
  schemaFileName,
  schemaLine,
  settingChange,
} from "./document.js";
export { batchesPerEpoch, fitEpochs, stepsPerEpoch } from "./epochs.js";
export { findPreset, listPresets, loadPreset, type Preset } from "./presets.js";
export {
  checkExperiment,
  type Experiment,
  type ExperimentModel,
  experimentModel,
  experimentSchema,
  type Phase,
  phaseSchema,
  type Spec,
  withInput,
} from "./schema.js";
