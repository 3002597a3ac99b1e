//! Texts that are generated from the options and the arguments of the data source: the usage and the completion
//! scripts.

use std::fmt::Write;

use super::{
    Format, NAME, Shell,
    argument::takes_key,
    command::{COMMANDS, OPTIONS, SHELLS},
};
use crate::{
    data_sources::images::{self, Argument},
    value::Kind,
};

/// The width of the column of names.
const NAMES: usize = 27;

/// The width of the usage.
const COLUMNS: usize = 80;

/// What `--help` prints.
pub(super) fn help() -> String {
    let mut text = format!(
        "{NAME}: looks up Alibaba Cloud images.\n\n\
         Usage: {NAME} [OPTION]... [ARGUMENT=VALUE]...\n\
         {space} {NAME} whoami [--profile PROFILE] [--region REGION] [-v]\n\
         {space} {NAME} completions bash|zsh|fish\n\n\
         The arguments are those of the data source alicloud_images, and the results are\n\
         its results. Credentials, region and endpoints come from the environment and the\n\
         files that the provider reads.\n\nOptions\n",
        space = "      ",
    );
    for option in OPTIONS {
        let letter = match option.letter {
            "" => String::new(),
            letter => format!("-{letter}, "),
        };
        let name = format!("{letter}--{} {}", option.name, option.value);
        row(&mut text, name.trim_end(), option.meaning);
    }
    text.push_str("\nCommands\n");
    for (name, meaning) in COMMANDS {
        row(&mut text, name, meaning);
    }
    text.push_str("\nFormats\n");
    row(&mut text, "table", "a table that fits the terminal");
    row(&mut text, "json", "the state of the data source; by region, if there are several");
    row(&mut text, "ids", "one ID a line");
    row(
        &mut text,
        "api",
        "all that the service sent, which mock-ecs --images loads; arguments that select in this \
         program do not apply to it",
    );
    text.push_str("\nArguments (tags and filter may be repeated)\n");
    for argument in images::arguments() {
        row(&mut text, &form(&argument), &summary(&argument));
    }
    text.push_str("\nExit status: 0 found, 1 nothing found, 2 usage, 3 error.\n");
    text
}

/// Adds a name with its meaning, in lines that fit.
fn row(text: &mut String, name: &str, meaning: &str) {
    let indent = NAMES + 4;
    let mut line = format!("  {name:<NAMES$} ");
    for word in meaning.split(' ') {
        if line.len() > indent && line.len() + 1 + word.len() > COLUMNS {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{line}");
            line = " ".repeat(indent - 1);
        }
        let _ = write!(line, " {word}");
    }
    let _ = writeln!(text, "{line}");
}

/// `NAME`, or `NAME.KEY` if the parts are set one by one.
fn form(argument: &Argument) -> String {
    match argument.keys {
        _ if !takes_key(&argument.kind) => argument.name.to_owned(),
        [(key, [])] => format!("{}.{key}", argument.name),
        _ => format!("{}.KEY", argument.name),
    }
}

/// The documented words or, if there are none, the first sentence of the description, as plain
/// text.
fn summary(argument: &Argument) -> String {
    if !argument.words.is_empty() {
        return argument.words.join(", ");
    }
    let text = argument.description.replace('`', "");
    let end = [". ", "; ", ": "].iter().filter_map(|end| text.find(end)).min();
    let first = end.and_then(|end| text.get(..end)).unwrap_or(&text);
    first.trim_end_matches('.').to_owned()
}

/// The completion script for a shell.
pub(super) fn script(shell: Shell) -> String {
    match shell {
        Shell::Bash => bash(),
        Shell::Fish => fish(),
        Shell::Zsh => zsh(),
    }
}

/// A completion before `=`, and the possible values after it.
struct Candidate {
    /// Such as `owners`, `filter.NetworkType` or `tags.`, which must be followed by a key.
    name: String,
    values: Values,
}

/// The possible values after `=`.
enum Values {
    Any,
    /// The name of a file.
    File,
    /// Words, separated by commas.
    List(Vec<&'static str>),
    /// One word.
    One(Vec<&'static str>),
}

fn candidates() -> Vec<Candidate> {
    images::arguments().iter().flat_map(of_argument).collect()
}

fn of_argument(argument: &Argument) -> Vec<Candidate> {
    let name = argument.name;
    let one = |words: Vec<&'static str>| {
        if words.is_empty() { Values::Any } else { Values::One(words) }
    };
    if !takes_key(&argument.kind) {
        let values = match argument.kind {
            Kind::Bool => Values::One(vec!["true", "false"]),
            _ if argument.is_list => Values::List(argument.words.clone()),
            _ if name == "output_file" => Values::File,
            _ => one(argument.words.clone()),
        };
        return vec![Candidate { name: name.to_owned(), values }];
    }
    if argument.keys.is_empty() {
        return vec![Candidate { name: format!("{name}."), values: Values::Any }];
    }
    let keys = argument.keys.iter();
    keys.map(|(key, words)| Candidate {
        name: format!("{name}.{key}"),
        values: one(words.to_vec()),
    })
    .collect()
}

/// The text before the value; after `tags.` the user must type a key.
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

/// The branches of a `case` over names. Each has the result of `complete` for its values, if any.
fn branches(complete: impl Fn(&Values) -> Option<String>) -> String {
    let branch = |Candidate { name, values }| {
        complete(&values).map(|action| format!("      {name}) {action} ;;\n"))
    };
    candidates().into_iter().filter_map(branch).collect()
}

fn bash() -> String {
    let branches = branches(|values| match values {
        Values::Any => None,
        Values::File => Some("files=1".to_owned()),
        Values::List(words) => Some(format!("words='{}' comma=,", joined(words.iter().copied()))),
        Values::One(words) => Some(format!("words='{}'", joined(words.iter().copied()))),
    });
    format!(
        r#"# Completion of {NAME} for bash: eval "$({NAME} completions bash)"
_alicloud_images() {{
  local line=${{COMP_LINE:0:COMP_POINT}} previous=${{COMP_WORDS[COMP_CWORD-1]}}
  # Readline may count `=` as the end of a word.
  local word=${{line##*[[:space:]]}} words='' value= done= comma= files= names='{names}'
  COMPREPLY=()
  case $previous in
    --format) words='{formats}' ;;
    --region|--profile) return ;;
    completions) words='{shells}' ;;
  esac
  case ${{COMP_WORDS[1]}} in
    whoami|completions) [[ $COMP_CWORD -gt 1 ]] && names='' ;;
  esac
  [[ $COMP_CWORD -eq 1 ]] && names+=' {commands}'
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
    COMPREPLY=($(compgen -W "$names" -- "$word"))
    # The bash of macOS has no compopt.
    [[ ${{COMPREPLY[0]-}} == *[=.] ]] && compopt -o nospace 2>/dev/null
  fi
  [[ $word == *=* ]] || return
  if [[ -n $comma && $value == *,* ]]; then
    done=${{value%,*}}, value=${{value##*,}}
  fi
  if [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$value"))
  elif [[ -n $files ]]; then
    local IFS=$'\n'
    COMPREPLY=($(compgen -f -- "$value"))
    compopt -o filenames 2>/dev/null
  fi
  [[ ${{#COMPREPLY[@]}} -gt 0 ]] || return
  [[ $COMP_WORDBREAKS == *=* ]] || done=${{word%%=*}}=$done
  [[ -z $done ]] || COMPREPLY=("${{COMPREPLY[@]/#/$done}}")
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
    let branches = branches(|values| match values {
        Values::Any => None,
        Values::File => Some("_files".to_owned()),
        Values::List(words) => {
            Some(format!("compset -P '*,'; compadd -- {}", joined(words.iter().copied())))
        }
        Values::One(words) => Some(format!("compadd -- {}", joined(words.iter().copied()))),
    });
    format!(
        r#"#compdef {NAME}
# Completion of {NAME} for zsh: source <({NAME} completions zsh), or as _{NAME} in $fpath
_alicloud_images() {{
  case ${{words[CURRENT-1]}} in
    --format) compadd -- {formats}; return ;;
    --region|--profile) return ;;
    completions) compadd -- {shells}; return ;;
  esac
  if [[ $PREFIX == --format=* ]]; then
    compset -P '*='
    compadd -- {formats}
  elif [[ $PREFIX == -* ]]; then
    compadd -- {options}
  elif (( CURRENT > 2 )) && [[ ${{words[2]}} == (whoami|completions) ]]; then
    return
  elif [[ $PREFIX == *=* ]]; then
    local name=${{PREFIX%%=*}}
    compset -P '*='
    case $name in
{branches}    esac
  else
    compadd -S '' -- {names}
    (( CURRENT == 2 )) && compadd -- {commands}
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
    let mut script = format!(
        "# Completion of {NAME} for fish: {NAME} completions fish | source\n\
         function __alicloud_images_list\n  \
         set -l done (string match -r '^.*,' -- (commandline -ct)); or set done $argv[1]\n  \
         printf '%s\\n' $done$argv[2..]\n\
         end\n"
    );
    let mut line = |rest: String| script.push_str(&format!("complete -c {NAME} {rest}\n"));
    line("-f".to_owned());
    for option in OPTIONS {
        let letter = match option.letter {
            "" => String::new(),
            letter => format!(" -s {letter}"),
        };
        let value = match (option.name, option.value) {
            ("format", _) => format!(" -x -a '{}'", formats()),
            (_, "") => String::new(),
            _ => " -x".to_owned(),
        };
        let meaning = option.meaning.replace('\'', "\\'");
        line(format!("-l {}{letter}{value} -d '{meaning}'", option.name));
    }
    for (name, meaning) in COMMANDS {
        line(format!("-n __fish_use_subcommand -a {name} -d '{meaning}'"));
    }
    line(format!("-n '__fish_seen_subcommand_from completions' -a '{}'", shells()));
    let no_command = format!("not __fish_seen_subcommand_from {}", commands());
    for candidate in candidates() {
        let typed = typed(&candidate);
        match &candidate.values {
            Values::Any => line(format!("-n '{no_command}' -a '{typed}'")),
            Values::File => {
                line(format!("-n '{no_command}' -a '{typed}'"));
                line(format!("-F -n 'string match -q \"{typed}*\" -- (commandline -ct)'"));
            }
            Values::List(words) => {
                let words = joined(words.iter().copied());
                line(format!("-n '{no_command}' -a '(__alicloud_images_list {typed} {words})'"));
            }
            Values::One(words) => {
                let values: Vec<_> = words.iter().map(|word| format!("{typed}{word}")).collect();
                line(format!("-n '{no_command}' -a '{}'", values.join(" ")));
            }
        }
    }
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usage_has_every_argument_and_option_in_lines_that_fit() {
        let text = help();
        for name in images::arguments().iter().map(form) {
            assert!(text.contains(&format!("\n  {name} ")), "{name}");
        }
        for option in OPTIONS {
            assert!(text.contains(&format!("--{} ", option.name)), "{}", option.name);
        }
        assert!(text.contains("timeouts.read ") && text.contains("tags.KEY "));
        assert!(text.contains("\n  -h, --help ") && !text.contains('`'));
        for line in text.lines() {
            assert!(line.len() <= COLUMNS && line.trim_end() == line, "{line}");
        }
    }

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
            if let Values::List(words) | Values::One(words) = candidate.values {
                assert!(words.iter().all(|word| is_plain(word)), "{words:?}");
            }
        }
    }
}
