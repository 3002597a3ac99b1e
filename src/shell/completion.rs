//! Completion scripts, made from the options and from the arguments of the data source.

use super::{
    Format, NAME, Shell,
    argument::takes_key,
    command::{COMMANDS, OPTIONS, SHELLS},
};
use crate::{
    images::{self, Argument},
    value::Kind,
};

/// What can stand before `=`, and the words that can stand behind it.
struct Candidate {
    /// Such as `owners`, `filter.NetworkType` or `tags.`, which waits for a key.
    name: String,
    words: Vec<&'static str>,
}

/// The script for a shell.
pub(super) fn script(shell: Shell) -> String {
    match shell {
        Shell::Bash => bash(),
        Shell::Fish => fish(),
        Shell::Zsh => zsh(),
    }
}

fn candidates() -> Vec<Candidate> {
    images::arguments().iter().flat_map(of_argument).collect()
}

fn of_argument(argument: &Argument) -> Vec<Candidate> {
    let name = argument.name;
    let words = match argument.kind {
        Kind::Bool => vec!["true", "false"],
        _ => argument.words.clone(),
    };
    if !takes_key(&argument.kind) {
        return vec![Candidate { name: name.to_owned(), words }];
    }
    if argument.keys.is_empty() {
        return vec![Candidate { name: format!("{name}."), words }];
    }
    let keys = argument.keys.iter();
    keys.map(|(key, words)| Candidate { name: format!("{name}.{key}"), words: words.to_vec() })
        .collect()
}

/// What a user types before the value: `tags.` waits for a key.
fn typed(candidate: &Candidate) -> String {
    let waits = candidate.name.ends_with('.');
    if waits { candidate.name.clone() } else { format!("{}=", candidate.name) }
}

fn joined<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().collect::<Vec<_>>().join(" ")
}

fn formats() -> String {
    joined(Format::ALL.iter().map(|(name, _)| *name))
}

fn shells() -> String {
    joined(SHELLS.iter().map(|(name, _)| *name))
}

fn commands() -> String {
    joined(COMMANDS.iter().map(|(name, _)| *name))
}

fn options() -> String {
    OPTIONS.iter().map(|option| format!("--{}", option.name)).collect::<Vec<_>>().join(" ")
}

fn names() -> String {
    candidates().iter().map(typed).collect::<Vec<_>>().join(" ")
}

/// The branches of a `case` over names, each with what `complete` makes of its words.
fn branches(complete: impl Fn(&str) -> String) -> String {
    let with_words = candidates().into_iter().filter(|candidate| !candidate.words.is_empty());
    with_words
        .map(|Candidate { name, words }| {
            format!("      {name}) {} ;;\n", complete(&words.join(" ")))
        })
        .collect()
}

fn bash() -> String {
    let branches = branches(|words| format!("words='{words}'"));
    format!(
        r#"# Completion of {NAME} for bash: source <({NAME} completions bash)
_alicloud_images() {{
  local line=${{COMP_LINE:0:COMP_POINT}} previous=${{COMP_WORDS[COMP_CWORD-1]}}
  # Readline may count `=` as the end of a word.
  local word=${{line##*[[:space:]]}} words='' value=
  case $previous in
    --format) words='{formats}' ;;
    --region|--profile) return ;;
    completions) words='{shells}' ;;
  esac
  if [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  elif [[ $word == --format=* ]]; then
    words='{formats}' value=${{word#*=}}
  elif [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W '{options}' -- "$word"))
  elif [[ $word == *=* ]]; then
    value=${{word#*=}}
    case ${{word%%=*}} in
{branches}    esac
  else
    COMPREPLY=($(compgen -W '{names} {commands}' -- "$word"))
    # The bash of macOS has no compopt.
    [[ ${{COMPREPLY[0]-}} == *[=.] ]] && compopt -o nospace 2>/dev/null
  fi
  if [[ $word == *=* && -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$value"))
    [[ $COMP_WORDBREAKS == *=* ]] || COMPREPLY=("${{COMPREPLY[@]/#/${{word%%=*}}=}}")
  fi
}}
complete -F _alicloud_images {NAME}
"#,
        formats = formats(),
        shells = shells(),
        options = options(),
        names = names(),
        commands = commands(),
    )
}

fn zsh() -> String {
    let branches = branches(|words| format!("compadd -- {words}"));
    format!(
        r#"#compdef {NAME}
# Completion of {NAME} for zsh: source <({NAME} completions zsh), or as _{NAME} in $fpath
_alicloud_images() {{
  case ${{words[CURRENT-1]}} in
    --format) compadd -- {formats}; return ;;
    --region|--profile) return ;;
    completions) compadd -- {shells}; return ;;
  esac
  if [[ $PREFIX == -* ]]; then
    compadd -- {options}
  elif [[ $PREFIX == *=* ]]; then
    local name=${{PREFIX%%=*}}
    compset -P '*='
    case $name in
{branches}    esac
  else
    compadd -S '' -- {names}
    compadd -- {commands}
  fi
}}
if [[ ${{funcstack[1]-}} == _{NAME} ]]; then
  _alicloud_images "$@"
else
  compdef _alicloud_images {NAME}
fi
"#,
        formats = formats(),
        shells = shells(),
        options = options(),
        names = names(),
        commands = commands(),
    )
}

fn fish() -> String {
    let mut script = format!("# Completion of {NAME} for fish: {NAME} completions fish | source\n");
    let mut line = |rest: String| script.push_str(&format!("complete -c {NAME} {rest}\n"));
    line("-f".to_owned());
    for option in OPTIONS {
        let value = match (option.name, option.value) {
            ("format", _) => format!(" -x -a '{}'", formats()),
            (_, "") => String::new(),
            _ => " -x".to_owned(),
        };
        line(format!("-l {}{value} -d '{}'", option.name, option.meaning.replace('\'', "\\'")));
    }
    for (name, meaning) in COMMANDS {
        line(format!("-n __fish_use_subcommand -a {name} -d '{meaning}'"));
    }
    line(format!("-n '__fish_seen_subcommand_from completions' -a '{}'", shells()));
    for candidate in candidates() {
        let typed = typed(&candidate);
        let values: Vec<_> = match &*candidate.words {
            [] => vec![typed],
            words => words.iter().map(|word| format!("{typed}{word}")).collect(),
        };
        let commands = commands();
        line(format!("-n 'not __fish_seen_subcommand_from {commands}' -a '{}'", values.join(" ")));
    }
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_has_every_argument_and_its_words() {
        for (name, shell) in SHELLS {
            let script = script(shell);
            for expected in
                ["owners=", "tags.", "filter.NetworkType=", "timeouts.read=", "--region"]
            {
                let expected = match shell {
                    Shell::Fish => expected.trim_start_matches("--"),
                    _ => expected,
                };
                assert!(script.contains(expected), "{name}: {expected}");
            }
            for argument in images::arguments() {
                assert!(script.contains(argument.name), "{name}: {}", argument.name);
                for word in argument.words {
                    assert!(script.contains(word), "{name}: {word}");
                }
            }
        }
    }

    #[test]
    fn no_candidate_has_a_character_that_a_shell_reads() {
        let is_plain = |text: &str| {
            text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '='))
        };
        for candidate in candidates() {
            assert!(is_plain(&candidate.name), "{}", candidate.name);
            assert!(candidate.words.iter().all(|word| is_plain(word)), "{:?}", candidate.words);
        }
    }
}
