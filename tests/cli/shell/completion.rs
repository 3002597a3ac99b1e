//! The completion scripts, executed by their shells.

use libtest_mimic::{Completion, Trial};

use super::*;

/// A test for each shell; ignored, with the reason, if the shell is not installed.
pub fn trials() -> Vec<Trial> {
    let tests: [(&str, fn()); 3] = [
        ("bash", bash_completes_arguments_and_their_values),
        ("fish", fish_completes_arguments_and_their_values),
        ("zsh", zsh_completes_arguments_and_their_values),
    ];
    let trial = |(shell, run): (&str, fn())| {
        let reason = format!("{shell} is not installed");
        let name = format!("shell::{shell}_completes_arguments_and_their_values");
        let found = Command::new(shell).arg("--version").output().is_ok();
        Trial::ignorable_test(name, move || {
            if !found {
                return Ok(Completion::ignored_with(reason));
            }
            run();
            Ok(Completion::Completed)
        })
    };
    tests.into_iter().map(trial).collect()
}

/// The sorted candidates that every shell offers for a command line, including the part before `=`.
const OFFERS: &[(&str, &str)] = &[
    ("image_o", "image_owner_id="),
    ("owners=s", "owners=self owners=system"),
    ("filter.Netw", "filter.NetworkType="),
    ("filter.NetworkType=", "filter.NetworkType=classic filter.NetworkType=vpc"),
    ("ta", "tags."),
    ("most_recent=", "most_recent=false most_recent=true"),
    ("status=Available,Dep", "status=Available,Deprecated"),
    ("output_file=im", "output_file=images.json"),
    ("--format ", "api ids json table"),
    ("--format=j", "--format=json"),
    ("--reg", "--region"),
    ("owners=self --pro", "--profile"),
    ("who", "whoami"),
    ("owners=self who", ""),
    ("whoami ow", ""),
    ("completions f", "fish"),
];

/// Checks the script of a shell, and what it offers for every line.
fn check(shell: &str, complete: impl Fn(&Home, &str) -> Ended) {
    let mock = Mock::start(&[]);
    let home = Home::new(&mock);
    let script = home.run(&["completions", shell]).quiet().stdout;
    let file = home.write(&format!("completion.{shell}"), &script);
    let parsed: Ended = home.command(shell).args(["-n", &file]).output().unwrap().into();
    parsed.quiet();
    home.write("images.json", "{}");
    for (line, expected) in OFFERS {
        let offered = complete(&home, &format!("alicloud-images {line}")).quiet().stdout;
        let mut offered: Vec<_> = offered.split_whitespace().collect();
        offered.sort_unstable();
        assert_eq!(offered.join(" "), *expected, "{shell}: {line}");
    }
}

fn bash_completes_arguments_and_their_values() {
    // Readline splits words at `=`, unless the user has removed it from COMP_WORDBREAKS.
    check("bash", |home, line| {
        let script = format!(
            "source ./completion.bash; COMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}}; \
             COMP_WORDBREAKS=$' \\t\\n'; COMP_WORDS=($COMP_LINE); \
             [[ $COMP_LINE == *' ' ]] && COMP_WORDS+=(''); \
             COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); compopt() {{ :; }}; _alicloud_images; \
             echo \"${{COMPREPLY[*]}}\""
        );
        home.command("bash").args(["-c", &script]).output().unwrap().into()
    });
    let mock = Mock::start(&[]);
    let home = Home::new(&mock);
    let script = "eval \"$(alicloud-images completions bash)\"; COMP_LINE='alicloud-images \
                  status=Waiting,Av'; COMP_POINT=${#COMP_LINE}; \
                  COMP_WORDS=(alicloud-images status = Waiting,Av); COMP_CWORD=3; \
                  _alicloud_images; echo \"${COMPREPLY[*]}\"";
    let ended: Ended = home.command("bash").args(["-c", script]).output().unwrap().into();
    assert_eq!(ended.quiet().stdout, "Waiting,Available\n");
}

fn fish_completes_arguments_and_their_values() {
    check("fish", |home, line| {
        // A token is completed as a whole, with the value.
        let name = if line.contains('=') { "" } else { "| string replace -r '=.+' '=' " };
        let script =
            format!("source completion.fish; complete -C '{line}' | cut -f 1 {name}| sort -u");
        home.command("fish").args(["-c", &script]).output().unwrap().into()
    });
}

/// Outside a line editor, the functions of the completion system do not exist; these replacements
/// do what the script needs.
const ZSH: &str = r#"
compdef() { :; }
compset() { local kept=${PREFIX##${~2}}; IPREFIX+=${PREFIX%"$kept"} PREFIX=$kept; }
compadd() {
  [[ $1 == -S ]] && shift 2
  shift
  local word
  for word in "$@"; do [[ $word == "$PREFIX"* ]] && print -r -- "$IPREFIX$word"; done
  return 0
}
_files() { compadd -- *; }
"#;

fn zsh_completes_arguments_and_their_values() {
    check("zsh", |home, line| {
        let script = format!(
            "{ZSH}\nsource ./completion.zsh\nline='{line}'; words=(${{(z)line}}); \
             [[ $line == *' ' ]] && words+=(''); CURRENT=${{#words}} PREFIX=${{words[-1]}} IPREFIX=; \
             _alicloud_images; true"
        );
        home.command("zsh").args(["-f", "-c", &script]).output().unwrap().into()
    });
}
