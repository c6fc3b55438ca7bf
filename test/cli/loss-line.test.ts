import test from 'ava';
import { lossLine } from '../../src/cli/progress/loss-progress.ts';

test('a forward pass tells its share, the time left where that is known, and the model', (t) => {
  t.is(lossLine(0.25, 'models/a', 30), 'loss  25 %  30.0 s left  models/a');
  t.is(lossLine(0.07, 'models/a', undefined), 'loss   7 %  models/a');
  t.is(lossLine(1, 'models/a', 0), 'loss 100 %  models/a');
  t.is(lossLine(0.25, 'models/a', 30, 30), 'loss  25 %  30.0 s left');
});
