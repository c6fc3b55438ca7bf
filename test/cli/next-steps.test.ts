import test from 'ava';
import { nextSteps } from '../../src/cli/show/next-steps.ts';

const DONE = { out: 'my out', format: 'safetensors', part: undefined, verified: false, pushedTo: undefined } as const;

test('at most three commands, chosen by what was done', (t) => {
  t.deepEqual(nextSteps(DONE), [
    "swizzle verify 'my out'",
    "swizzle loss 'my out' --data texts.jsonl",
    "swizzle push 'my out' ORG/NAME",
  ]);
  t.deepEqual(nextSteps({ ...DONE, verified: true, pushedTo: 'me/x' }), [
    "swizzle loss 'my out' --data texts.jsonl",
    'AutoModel.from_pretrained("me/x") in Python',
  ]);
  t.deepEqual(nextSteps({ ...DONE, format: 'gguf' }), ["swizzle verify 'my out'", "swizzle push 'my out' ORG/NAME"]);
  t.is(nextSteps({ ...DONE, part: { number: 1, of: 2 } }).length, 1);
});
