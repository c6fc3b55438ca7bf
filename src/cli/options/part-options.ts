import { Option } from '../parser/option.ts';
import { choiceOf } from '../parser/values.ts';
import { parsePart, partFromEnvironment } from '../../plan/part.ts';

/** What stands for a part that the scheduler tells. */
const ASK = 'ask';

/** How work is spread over several machines: what merge and sweep share. */
export function partOptions(): Option[] {
  return [
    new Option('--part [k/n]', 'make one of n parts, on any machine; default: as Slurm or Kubernetes says')
      .optionalValue(/^\d+\/\d+$/, ASK)
      .argParser((text) => (text === ASK ? partFromEnvironment(process.env) : parsePart(text)))
      .conflicts('collect'),
    new Option('--collect', 'join the parts that are there'),
    new Option('--print-script <engine>', 'print a job for all parts: slurm or kubernetes').argParser(
      choiceOf('--print-script', ['slurm', 'kubernetes']),
    ),
  ];
}
