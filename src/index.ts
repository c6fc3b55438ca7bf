/**
 * Swizzle as a library: the verbs of the command line as functions. Sizes are bytes; everything that takes long takes an
 * AbortSignal; everything that fails throws a SwizzleError.
 */
export { readLocalCheckpoint } from './models/checkpoint/files/local.ts';
export type { Architecture } from './models/checkpoint/architecture.ts';
export type { Checkpoint, CheckpointTensor, Shard } from './models/checkpoint/checkpoint.ts';
export { DTYPES, type Dtype, type FloatDtype, parseFloatDtype } from './dtype.ts';
export { type ErrorCode, SwizzleError } from './errors.ts';
export { type CheckedRecipe, checkRecipe } from './plan/methods/check.ts';
export type { MergeMethod, MethodCase, MethodInput, ParameterSpec } from './plan/methods/method.ts';
export type { Ask, Answer, Answers, Request, Work } from './plan/methods/work.ts';
export type { HubOptions } from './models/hub/hub-models.ts';
export type { PushOptions, PushResult } from './models/hub/push.ts';
export { METHODS } from './plan/methods/registry.ts';
export { parseRecipe } from './recipe/parse.ts';
export type { Recipe } from './recipe/recipe.ts';
export { recipeFromWeights } from './recipe/weights.ts';
export type { AskedVariant } from './sweep/asking/ask-tell.ts';
export type { SweepEstimate } from './sweep/running/estimate.ts';
export { loadSweep } from './sweep/file/load.ts';
export type { SweepOptions, SweepResult } from './sweep/running/run-sweep.ts';
export { softmaxWeights, targetWeights } from './recipe/weights.ts';
export type { SweepSpec } from './sweep/file/spec.ts';
export { cocktail, cocktailWeights, planCocktail } from './library/cocktail.ts';
export { diff, type DiffOptions } from './library/diff.ts';
export { extract, type ExtractOptions } from './library/extract.ts';
export { preparePush, pull, push } from './library/hub.ts';
export { inspect, type ModelOptions } from './library/inspect.ts';
export { measureLosses, planLosses } from './library/loss.ts';
export { convert, merge, planConvert, planMerge } from './library/merge.ts';
export type { DeviceName, DtypeName, WithNames } from './library/names.ts';
export type { RecipeInput, RecipeObject } from './library/recipe.ts';
export type { Run } from './library/run.ts';
export { askSweep, estimateSweep, runSweep, tellSweep } from './library/sweep.ts';
export { verify } from './library/verify.ts';
export { type DeviceList, listDevices } from './commands/devices.ts';
export type { Difference, DiffProgress, DiffResult, TensorDiff } from './commands/diff.ts';
export type { ExtractedLayer, ExtractProgress, ExtractSettings, ExtractSummary } from './commands/extract.ts';
export type { Inspection, TensorSum, TokenizerAbout } from './commands/inspect.ts';
export type { CocktailOptions, CocktailPlan, CocktailSummary, CocktailWeights } from './commands/cocktail.ts';
export type { ExampleOptions, LossOptions, LossPlan, LossReport, MeasuredLoss, PlannedLoss } from './commands/loss.ts';
export { loadRecipe } from './run/open/load-recipe.ts';
export type { MergeOptions, MergeSummary, PreparedMerge, Progress } from './commands/merge.ts';
export type { MergeAbout, ModelAbout } from './run/merge/merge-about.ts';
export type { PulledModel, PullResult } from './commands/pull.ts';
export type { PreparedPush } from './commands/push.ts';
export type { Verification, VerifyOptions } from './commands/verify.ts';
