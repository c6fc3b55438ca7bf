import { Option } from '../parser/option.ts';
import { choiceOf } from '../parser/values.ts';
import { parseMount } from '../../scale/parts/mounts.ts';
import { parsePart, partFromEnvironment } from '../../plan/part.ts';

/** What stands for a part that the scheduler tells. */
const ASK = 'ask';

/** What is meant as a part, right or wrong: "3/16", "a/b", "3-16"; anything else is the recipe's name. */
const PART_LIKE = /^(\d+([/-]?\w+)?|\w+\/\w+)$/;

/** How work is spread over several machines: what merge and sweep share. */
export function partOptions(): Option[] {
  return [
    new Option(
      '--part [k/n]',
      'make one of n parts, to spread the work over machines (default: from Slurm or Kubernetes)',
    )
      .optionalValue(PART_LIKE, ASK)
      .argParser((text) => (text === ASK ? partFromEnvironment(process.env) : parsePart(text)))
      .conflicts('collect'),
    new Option('--collect', 'join the parts that are there'),
    new Option('--print-script <engine>', 'print a job for all parts: slurm or kubernetes').argParser(
      choiceOf('--print-script', ['slurm', 'kubernetes']),
    ),
    new Option('--mount <local=path>', 'where containers see a local folder, e.g. .=/work').argParser(parseMount),
  ];
}
