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
    'convert',
    'diff',
    'estimateSweep',
    'inspect',
    'listDevices',
    'loadRecipe',
    'loadSweep',
    'merge',
    'parseFloatDtype',
    'parseRecipe',
    'planConvert',
    'planMerge',
    'preparePush',
    'pull',
    'push',
    'readLocalCheckpoint',
    'recipeFromWeights',
    'runSweep',
    'softmaxWeights',
    'targetWeights',
    'tellSweep',
  ]);
});
