// Adds the mean of the task vectors, tensor by tensor the more, the more they point the same way.
// Types: import('swizzle-merge').MergeMethod
export const method = {
  name: 'agreement',
  summary: 'the mean change, as far as the models agree on it',
  parameters: [
    {
      name: 'strength',
      scope: 'recipe',
      type: 'number',
      default: 1,
      range: [0, 10],
      help: 'factor of the mean change',
    },
  ],
  models: { min: 2, max: 2 },
  base: 'computes',
  // `inputs` are the base model and the two others; nothing here sees weights, only numbers about them.
  work({ parameters: { strength } }) {
    return {
      kind: 'ask',
      request: { kind: 'gram', difference: true, per: 'tensor' },
      next({ value: [gram] }) {
        const norms = gram.norm(0) * gram.norm(1);
        const agreement = norms > 0 ? Math.max(0, gram.at(0, 1) / norms) : 0;
        const share = (strength * agreement) / 2;
        return { kind: 'weighted_sum', weights: [1 - 2 * share, share, share] };
      },
    };
  },
};
