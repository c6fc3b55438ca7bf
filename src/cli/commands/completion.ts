import type { Command } from '../parser/command.ts';
import type { Option } from '../parser/option.ts';
import { choiceOf } from '../parser/values.ts';
import { newCommand } from '../options/options.ts';
import { processTerminal } from '../terminal/terminal.ts';

/** What is completed. */
export interface Completable {
  readonly commands: readonly Command[];
  readonly options: readonly Option[];
}

type Shell = 'bash' | 'zsh' | 'fish';

/** `swizzle completion bash`: prints a script that the shell reads at its start */
export function completionCommand(program: () => Completable): Command {
  return newCommand('completion', 'print completion for bash, zsh or fish')
    .usage('SHELL')
    .description('Print a script that completes commands, options and files.')
    .argument('<shell>', 'bash, zsh or fish', choiceOf<Shell>('shell', ['bash', 'zsh', 'fish']))
    .addHelpText(`
Examples:
  swizzle completion bash >> ~/.bashrc
  swizzle completion zsh > ~/.zfunc/_swizzle            with ~/.zfunc in $fpath
  swizzle completion fish > ~/.config/fish/completions/swizzle.fish`)
    .action((shell: Shell) => processTerminal(false).printText(SCRIPTS[shell](program())));
}

interface Completed {
  readonly name: string;
  readonly about: string;
  readonly options: readonly { readonly flags: readonly string[]; readonly about: string; readonly value: boolean }[];
}

/** What there is to complete. */
function completedOf(program: Completable): Completed[] {
  return program.commands.map((command) => {
    const declared = [...command.options, ...program.options];
    const options = declared.map(({ short, long, description, required }) => {
      return { flags: [long, short].filter((flag) => flag !== undefined), about: description, value: required };
    });
    const help = { flags: ['--help', '-h'], about: 'show help', value: false };
    return { name: command.name, about: command.about, options: [...options, help] };
  });
}

const SCRIPTS: Readonly<Record<Shell, (program: Completable) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

function bashScript(program: Completable): string {
  const commands = completedOf(program);
  const cases = commands.map(({ name, options }) => {
    return `    ${name}) words="${options.flatMap(({ flags }) => flags).join(' ')}" ;;`;
  });
  return `# swizzle completion for bash
_swizzle() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')} help --help --version" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    help) words="${commands.map(({ name }) => name).join(' ')}" ;;
  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
    *) [ "\${COMP_WORDS[1]}" = help ] && COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
  esac
}
complete -o default -o bashdefault -F _swizzle swizzle swizzle-merge`;
}

function zshScript(program: Completable): string {
  const commands = completedOf(program);
  const quote = (text: string): string => text.replaceAll("'", "'\\''").replaceAll(/[[\]:]/g, '\\$&');
  const cases = commands.map(({ name, options }) => {
    const specs = options.flatMap(({ flags, about, value }) =>
      flags.map((flag) => `'${flag}[${quote(about)}]${value ? ':value:_files' : ''}'`),
    );
    return `    ${name}) _arguments ${specs.join(' ')} '*:file:_files' ;;`;
  });
  return `#compdef swizzle swizzle-merge
_swizzle() {
  local -a commands
  commands=(${commands.map(({ name, about }) => `'${name}:${quote(about)}'`).join(' ')} 'help:show help of a command')
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
    help) _describe command commands ;;
  esac
}
compdef _swizzle swizzle swizzle-merge`;
}

function fishScript(program: Completable): string {
  const commands = completedOf(program);
  const quote = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  const names = commands.map(({ name, about }) => {
    return `complete -c swizzle -n __fish_use_subcommand -f -a ${name} -d '${quote(about)}'`;
  });
  const options = commands.flatMap(({ name, options: own }) =>
    own.map(({ flags, about, value }) => {
      const words = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
      const condition = `'__fish_seen_subcommand_from ${name}'`;
      return `complete -c swizzle -n ${condition} ${words.join(' ')}${value ? ' -r' : ''} -d '${quote(about)}'`;
    }),
  );
  const help = `complete -c swizzle -n '__fish_seen_subcommand_from help' -f -a '${commands.map(({ name }) => name).join(' ')}'`;
  return ['# swizzle completion for fish', ...names, ...options, help, 'complete -c swizzle-merge -w swizzle'].join(
    '\n',
  );
}
