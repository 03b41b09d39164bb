export const shells: readonly string[] = ['bash', 'zsh', 'fish'];

/** What to put into a shell's start file: `source <(vtctl completion bash)`. */
export function completionScript(shell: string, commands: readonly string[]): string {
  const words = commands.join(' ');
  switch (shell) {
    case 'fish':
      return ['vtctl', 'vtctldclient']
        .map((program) => `complete -c ${program} -f -n '__fish_use_subcommand' -a '${words}'`)
        .join('\n');
    case 'zsh':
      return `#compdef vtctl vtctldclient\n_vtctl() { compadd ${words} }\ncompdef _vtctl vtctl vtctldclient`;
    default:
      return [
        '_vtctl() {',
        '  local word="${COMP_WORDS[COMP_CWORD]}"',
        `  COMPREPLY=($(compgen -W "${words}" -- "$word"))`,
        '}',
        'complete -F _vtctl vtctl vtctldclient',
      ].join('\n');
  }
}
