// What other rooms use of run folders.
export {
  type Checkpoint,
  checkpointFolder,
  cleanCheckpoints,
  expectLastPointer,
  expectSameExperiment,
  otherCheckpoint,
  readCheckpoint,
  readPointer,
  removeCheckpoints,
  repairCheckpoints,
  saveCheckpoint,
  type Tensors,
} from "./checkpoint.js";
export { askTraining, type CommandAnswer, type FolderCommand, findAnswer } from "./commands.js";
export { diskFileSystem } from "./diskFileSystem.js";
export { type EpochPictures, epochSheet, epochsFolder, readEpochPictures } from "./epochPictures.js";
export { checkpointFailPoints, failPoint } from "./failPoints.js";
export { type FileKind, type FileSystem, fileErrorReason, withFileErrors } from "./fileSystem.js";
export { keepLock, type LockKeeper, lockLease, lockRun, type Processes } from "./lock.js";
export type {
  EnvironmentRecord,
  EpochRecord,
  Figures,
  HealthKind,
  HealthRecord,
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
  expectLogBytes,
  type KeptLog,
  keepLog,
  type LogName,
  logBytes,
  openRun,
  type RunFolder,
  readEnvironment,
  readExperimentText,
  readLog,
  readLogStart,
  writeRenamed,
} from "./runFolder.js";
export { thisProcess } from "./thisProcess.js";
export { kindWithin, withinFolder } from "./withinFolder.js";
