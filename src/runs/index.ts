// What other rooms use of run folders.
export {
  type Checkpoint,
  checkpointFolder,
  cleanCheckpoints,
  expectLastPointer,
  readCheckpoint,
  readPointer,
  removeCheckpoints,
  repairCheckpoints,
  saveCheckpoint,
  type Tensors,
} from "./checkpoint.js";
export { checkpointFailPoints, failPoint } from "./failPoints.js";
export { diskFileSystem, type FileSystem, fileErrorReason, withFileErrors } from "./fileSystem.js";
export { lockRun, type Processes, thisProcess } from "./lock.js";
export type {
  EnvironmentRecord,
  EpochRecord,
  Figures,
  Intervention,
  TimingRecord,
  TrainingState,
} from "./records.js";
export {
  appendLog,
  createRun,
  cutLog,
  cutLogLines,
  discardEmptyRun,
  type LogName,
  logBytes,
  openRun,
  type RunFolder,
  readEnvironment,
  readExperimentText,
  readLog,
} from "./runFolder.js";
