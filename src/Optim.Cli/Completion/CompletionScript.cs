namespace Optim.Cli.Completion;

/// <summary>The scripts. Each asks <c>optim "[suggest:position]" "line"</c>, so that it never needs to be regenerated.</summary>
internal static class CompletionScript
{
    // Where nothing is suggested the shell offers files. Bash takes ':' and '=' for ends of words; the line is sent as it is.
    private const string Bash = """
        # Completion of optim for bash: source this, or put it into ~/.local/share/bash-completion/completions/optim
        _optim() {
            local line="${COMP_LINE:0:COMP_POINT}" word="${COMP_WORDS[COMP_CWORD]}" suggestion
            COMPREPLY=()
            while IFS= read -r suggestion; do
                [[ "$suggestion" == "$word"* ]] && COMPREPLY+=("$suggestion")
            done < <("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)
            [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == --*= ]] && compopt -o nospace
            return 0
        }
        complete -o default -F _optim optim
        """;

    private const string Zsh = """
        #compdef optim
        # Completion of optim for zsh: put it into a folder of $fpath as _optim, or source it.
        _optim() {
            local line="${words[1,CURRENT]}"
            local -a suggestions
            suggestions=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
            suggestions=(${suggestions:#})
            if (( ${#suggestions} )); then
                compadd -a suggestions
            else
                _files
            fi
        }
        if [ "$funcstack[1]" = "_optim" ]; then _optim "$@"; else compdef _optim optim; fi
        """;

    private const string Fish = """
        # Completion of optim for fish: put it into ~/.config/fish/completions/optim.fish
        function __optim_suggestions
            set --local line (commandline --cut-at-cursor)
            optim "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete --command optim --arguments "(__optim_suggestions)"
        """;

    private const string PowerShell = """
        # Completion of optim for PowerShell: add this to $PROFILE
        Register-ArgumentCompleter -Native -CommandName optim -ScriptBlock {
            param($wordToComplete, $commandAst, $cursorPosition)
            $line = $commandAst.ToString().PadRight($cursorPosition)
            optim "[suggest:$cursorPosition]" "$line" 2>$null |
                Where-Object { $_ -like "$wordToComplete*" } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }
        """;

    /// <summary>The supported shells.</summary>
    public static IReadOnlyList<string> Shells { get; } = ["bash", "zsh", "fish", "pwsh"];

    /// <summary>The script for a shell.</summary>
    public static string For(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        "fish" => Fish,
        _ => PowerShell,
    } + "\n";
}
