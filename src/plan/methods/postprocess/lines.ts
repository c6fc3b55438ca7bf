import { type Postprocess, scaled } from './postprocess.ts';

/** The merged task vector times alpha + beta·l/(L − 1) in layer l of L; times alpha outside of the layers. LiNeS, arXiv 2410.17146. */
export const lines: Postprocess = {
  name: 'lines',
  title: 'Layer-increasing network scaling',
  source: 'arXiv 2410.17146',
  summary: 'smaller changes in the first layers, larger ones in the last',
  parameters: [
    { name: 'alpha', scope: 'recipe', type: 'number', default: undefined, help: 'factor of the first layer' },
    { name: 'beta', scope: 'recipe', type: 'number', default: undefined, help: 'what the last layer gets in addition' },
  ],
  after: (work, { parameters, place }) => scaled(work, (parameters['alpha'] ?? 1) + (parameters['beta'] ?? 0) * place),
};
