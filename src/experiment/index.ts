// What other rooms use of experiments.
export {
  applyChanges,
  applySettings,
  type Change,
  experimentText,
  largestDocument,
  parseExperiment,
  parseYaml,
  readExperiment,
  schemaFileName,
  schemaLine,
  settingChange,
} from "./document.js";
export { batchesPerEpoch, fitEpochs, scheduleStep, stepsPerEpoch, writtenSteps } from "./epochs.js";
export { madeText } from "./madeText.js";
export {
  type MadeExperiment,
  madeToMeasure,
  type Purpose,
  purposeNames,
  purposes,
  usualMinutes,
} from "./madeToMeasure.js";
export { fitData, fitNote, fitText, type MeetOptions, type Met, meetByLook, meetOpened } from "./meetData.js";
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
