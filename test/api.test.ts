import test from 'ava';
import * as api from '../src/index.ts';

test('the public API is what it was', (t) => {
  const names = Object.keys(api).sort();
  t.deepEqual(names, [
    'DTYPES',
    'METHODS',
    'SwizzleError',
    'askSweep',
    'checkRecipe',
    'cocktail',
    'cocktailWeights',
    'convert',
    'diff',
    'estimateSweep',
    'extract',
    'extractByRecipe',
    'inspect',
    'listDevices',
    'loadRecipe',
    'loadSweep',
    'measureLosses',
    'merge',
    'moe',
    'parseFloatDtype',
    'parseRecipe',
    'planCocktail',
    'planConvert',
    'planLosses',
    'planMerge',
    'planMoe',
    'preparePush',
    'pull',
    'push',
    'readLocalCheckpoint',
    'recipeFromWeights',
    'runSweep',
    'softmaxWeights',
    'targetWeights',
    'tellSweep',
    'verify',
  ]);
});
