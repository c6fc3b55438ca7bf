/**
 * Swizzle as a library: the verbs of the command line as functions. Sizes are bytes; everything that takes long takes an
 * AbortSignal; everything that fails throws a SwizzleError.
 */
export { readLocalCheckpoint } from './models/checkpoint/files/local.ts';
export type { Architecture } from './models/checkpoint/architecture.ts';
export type { Checkpoint, CheckpointTensor, Shard } from './models/checkpoint/checkpoint.ts';
export { type Dtype, type DtypeInfo, DTYPES, type FloatDtype, parseFloatDtype } from './dtype.ts';
export { type ErrorCode, SwizzleError } from './errors.ts';
export { type CheckedRecipe, checkRecipe } from './plan/methods/check.ts';
export type { MergeMethod, MethodCase, MethodInput, ParameterSpec } from './plan/methods/method.ts';
export type { Answer, Answers, Ask, Request, RequestKind, Want, WeightedSum, Work } from './plan/methods/work.ts';
export type { HubOptions } from './models/hub/hub-models.ts';
export type { PushEvent, PushOptions, PushResult } from './models/hub/push.ts';
export { METHODS } from './plan/methods/registry.ts';
export { parseRecipe } from './recipe/parse.ts';
export type { Recipe, Slice, Source } from './recipe/recipe.ts';
export { recipeFromWeights, softmaxWeights, targetWeights } from './recipe/weights.ts';
export type { AskedVariant } from './sweep/asking/ask-tell.ts';
export type { SweepEstimate } from './sweep/running/estimate.ts';
export { loadSweep } from './sweep/file/load.ts';
export type { SweepOptions, SweepResult } from './sweep/running/run-sweep.ts';
export type {
  Assignment,
  Axis,
  CommandScore,
  DistanceScore,
  FileScore,
  Interval,
  Limits,
  LossScore,
  Objective,
  Points,
  Scalar,
  Score,
  Simplex,
  Strategy,
  SweepSpec,
} from './sweep/file/spec.ts';
export { cocktail, cocktailWeights, planCocktail } from './library/cocktail.ts';
export { diff, type DiffOptions } from './library/diff.ts';
export { extract, extractByRecipe, type ExtractOptions } from './library/extract.ts';
export { preparePush, pull, push } from './library/hub.ts';
export { inspect, type ModelOptions } from './library/inspect.ts';
export { measureLosses, planLosses } from './library/loss.ts';
export { convert, merge, planConvert, planMerge } from './library/merge.ts';
export { type BuildMoeOptions, moe, type MoeInput, type MoeObject, planMoe } from './library/moe.ts';
export type { DeviceName, DtypeName, WithNames } from './library/names.ts';
export type { RecipeInput, RecipeObject } from './library/recipe.ts';
export type { Run } from './library/run.ts';
export { askSweep, estimateSweep, runSweep, tellSweep } from './library/sweep.ts';
export { verify } from './library/verify.ts';
export { type AutoExample, type DeviceList, listDevices } from './commands/devices.ts';
export type { Difference, DiffProgress, DiffResult, TensorDiff } from './commands/diff.ts';
export type { ExtractedLayer, ExtractProgress, ExtractSettings, ExtractSummary } from './commands/extract.ts';
export type { Inspection, TensorSum, TokenizerAbout } from './commands/inspect.ts';
export type { CocktailOptions, CocktailPlan, CocktailSummary, CocktailWeights } from './commands/cocktail.ts';
export type { ExampleOptions, LossOptions, LossPlan, LossReport, MeasuredLoss, PlannedLoss } from './commands/loss.ts';
export { loadRecipe } from './run/open/load-recipe.ts';
export type { MergeOptions, MergeSummary, PreparedMerge, Progress } from './commands/merge.ts';
export type { MergeAbout, ModelAbout } from './run/merge/merge-about.ts';
export type { MoeOptions, MoeSummary, PreparedMoe, RouterAbout } from './commands/moe.ts';
export type { RouterLayer } from './run/moe/router-report.ts';
export type { PulledModel, PullResult } from './commands/pull.ts';
export type { PreparedPush } from './commands/push.ts';
export type { Verification, VerifyOptions } from './commands/verify.ts';
export type { AdapterInfo } from './devices/webgpu/adapter-info.ts';
export type { ByteRange } from './elements/byte-range.ts';
export type { ChunkEvent } from './run/execute/profile.ts';
export type { Cutoff, Keep, NormTarget, RandomKey, SelectionValue } from './plan/kernel/statistics.ts';
export type { AutoChoice } from './devices/auto.ts';
export type { DeviceChoice } from './devices/select.ts';
export type {
  Elementwise,
  Fusion,
  Nearswap,
  Overlap,
  TaskVectors,
  TaskVectorTerm,
  WeightedLines,
} from './plan/kernel/elementwise.ts';
export type { Environment } from './models/hub/request/environment.ts';
export type { ExampleSettings } from './forward/examples/example.ts';
export type { FileCheck, FileProblem, TensorCheck } from './commands/verify/check-files.ts';
export type { Gram } from './plan/methods/parts/gram.ts';
export type { MatrixName, MatrixStep, MatrixWork } from './plan/kernel/matrix.ts';
export type { MergerOptions } from './run/merge/merger-options.ts';
export type { ModelLoss } from './forward/examples/losses.ts';
export type { FilteredValue, Parameters, ParameterSetting, ParameterValue, Words } from './recipe/parameters.ts';
export type { Part } from './plan/part.ts';
export type { PullEvent } from './models/hub/pull.ts';
export type { QueueStatus } from './sweep/log/queue-status.ts';
export type { RetryNotice } from './models/hub/request/fetch.ts';
export type { RunTotals } from './run/execute/tally.ts';
export type { SampleCheck } from './commands/verify/recompute.ts';
export type { StoredOptions, StoredOptionsText } from './recipe/stored-options.ts';
export type { Compared, ReportMetric, ReportRow, SweepReport } from './report/sweep-report.ts';
export type { SweepState, VariantState } from './sweep/log/state.ts';
export type { TokenizerRecipe, TokenSetting } from './recipe/tokenizer.ts';
export type { Unpaired } from './commands/extract/layer-pairs.ts';
export type { Variant } from './sweep/axes/variant.ts';
export type { VariantOptions } from './sweep/running/variant-maker.ts';
export type { Accuracy, ChoiceAccuracy, ScoredChoices } from './forward/examples/accuracy.ts';
export type { ChunkReport, Counts, Piece, TensorCounts } from './plan/chunks/chunk.ts';
export type { ExampleLosses, Runs } from './example-losses.ts';
export type { ExpertsWanted } from './plan/align/lead-experts.ts';
export type { GgufWishes } from './plan/gguf/gguf-tasks.ts';
export type { Goal, Ranked } from './report/ranking.ts';
export type { LaneWishes } from './run/execute/lane-settings.ts';
export type { DifferenceSums } from './elements/difference.ts';
export type { GgufType } from './models/checkpoint/gguf/element-types.ts';
export type { Scores } from './sweep/log/events.ts';
export type { GateMode, MoeConfig, MoeExpert } from './recipe/moe.ts';
