//! The commands in the installation guides; each is run unchanged.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use super::{COUNT, init, lock, reads_images, trusting};
use crate::{
    Test,
    cli::{Cli, provider},
    install::{
        network::FileServer,
        package::{Package, platform},
    },
    workspace::{Mock, VERSION, Workspace, link},
};

/// The tests of this module.
pub const TESTS: &[Test] = &[
    ("the_page_about_releases_works", the_page_about_releases_works),
    (
        "the_page_about_releases_locks_other_platforms",
        the_page_about_releases_locks_other_platforms,
    ),
    ("the_page_about_releases_shares_a_folder", the_page_about_releases_shares_a_folder),
    ("the_page_about_releases_refuses_a_changed_archive", refuses_a_changed_archive),
    ("the_page_about_releases_verifies_a_signature", the_page_about_releases_verifies_a_signature),
    ("the_page_about_network_mirrors_works", the_page_about_network_mirrors_works),
    ("the_page_about_building_works", the_page_about_building_works),
    ("the_page_about_development_builds_works", the_page_about_development_builds_works),
];

/// The system's name in the headings of the pages.
const SYSTEM: &str = if cfg!(target_os = "macos") { "macOS" } else { "Linux" };

/// The platforms of a lock file that the page shows.
const PLATFORMS: [&str; 3] = ["darwin_arm64", "linux_amd64", "windows_amd64"];

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/guides/{name}.md"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The code in one language below the heading that contains `title`.
fn code(page: &str, title: &str, language: &str) -> String {
    let heading = |line: &str| line.starts_with('#') && line.contains(title);
    let (mut below, mut inside, mut found) = (false, false, String::new());
    for line in page.lines() {
        match (inside, line) {
            (true, "```") => inside = false,
            (true, line) => {
                found.push_str(line);
                found.push('\n');
            }
            (false, line) if line.starts_with('#') => below = heading(line),
            (false, line) => inside = below && line == format!("```{language}"),
        }
    }
    assert!(!found.is_empty(), "no {language} code below a heading with {title:?}");
    found
}

/// A folder with what a user has downloaded or cloned, below the home folder of the workspace.
fn folder(workspace: &Workspace) -> PathBuf {
    let folder = workspace.path("folder");
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The archives and checksums of a release.
fn download(folder: &Path, packages: &[Package]) {
    let mut sums = String::new();
    for package in packages {
        fs::write(folder.join(package.file_name()), &package.archive).unwrap();
        let sum = package.zh.strip_prefix("zh:").unwrap();
        sums.push_str(&format!("{sum}  {}\n", package.file_name()));
    }
    fs::write(folder.join(sums_name()), sums).unwrap();
}

fn sums_name() -> String {
    format!("terraform-provider-alicloud_{VERSION}_SHA256SUMS")
}

/// Runs the commands in a folder, for this machine and this CLI. The result is whether all
/// succeeded, and everything printed.
fn run(workspace: &Workspace, cli: &Cli, folder: &Path, commands: &str) -> (bool, String) {
    let adapted = commands.lines().map(|line| match line.split_once('=') {
        Some(("platform", _)) => format!("platform={}\n", platform()),
        Some(("registry", _)) => format!("registry={}\n", cli.registry()),
        _ => format!("{line}\n"),
    });
    let commands: String = adapted.collect();
    // The CLI under test with the name `terraform`, and a `cargo` that does nothing, because the
    // provider is already built.
    let prelude = "set -eu\nterraform() { \"$CLI\" \"$@\"; }\ncargo() { [ \"$1\" = build ]; }\n";
    let environment = workspace.command(&[]);
    let output = Command::new("bash")
        .args(["-c", &format!("{prelude}{commands}")])
        .current_dir(folder)
        .env_clear()
        .envs(environment.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .env("CLI", &cli.path)
        .output()
        .unwrap();
    let printed = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&printed).into_owned())
}

#[track_caller]
fn succeeds(workspace: &Workspace, cli: &Cli, folder: &Path, commands: &str) {
    let (success, printed) = run(workspace, cli, folder, commands);
    assert!(success, "{commands}\n{printed}");
}

/// A workspace in which the CLI has only the configuration that the commands write.
fn newcomer(cli: &Cli, mock: &Mock) -> Workspace {
    let workspace = Workspace::bare(cli).against(mock);
    workspace.configure_cli("");
    workspace.main(COUNT);
    workspace
}

fn the_page_about_releases_works(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = newcomer(cli, &mock);
    let folder = folder(&workspace);
    download(&folder, &[Package::of_provider(VERSION)]);
    succeeds(&workspace, cli, &folder, &code(&page("install-release"), SYSTEM, "shell"));
    init(&workspace, &[]).succeeded().says(&format!("Installed alicloud-rs/alicloud v{VERSION}"));
    reads_images(&workspace);
}

fn the_page_about_releases_locks_other_platforms(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = newcomer(cli, &mock);
    let page = page("install-release");
    let mirror =
        workspace.path(".terraform.d/plugins").join(cli.registry()).join("alicloud-rs/alicloud");
    fs::create_dir_all(&mirror).unwrap();
    let packages = PLATFORMS.map(|name| Package::new(VERSION, name, name.as_bytes()));
    download(&mirror, &packages);
    let work = workspace.path("work");
    succeeds(&workspace, cli, &work, &code(&page, "Lock file for several platforms", "shell"));
    let locked = lock(&workspace);
    for package in &packages {
        assert!(locked.contains(&package.h1), "{} {locked}", package.platform);
    }
}

fn the_page_about_releases_shares_a_folder(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = newcomer(cli, &mock);
    let shared = workspace.path("shared");
    let folder = shared.join(cli.registry()).join("alicloud-rs/alicloud");
    fs::create_dir_all(&folder).unwrap();
    download(&folder, &[Package::of_provider(VERSION)]);
    let configuration = code(&page("install-release"), "One folder for all users", "hcl");
    assert!(configuration.contains("\"/srv/terraform/providers\""), "{configuration}");
    workspace.configure_cli(
        &configuration.replace("/srv/terraform/providers", shared.to_str().unwrap()),
    );
    init(&workspace, &[]).succeeded();
    reads_images(&workspace);
}

fn refuses_a_changed_archive(cli: &Cli) {
    let workspace = Workspace::bare(cli);
    let folder = folder(&workspace);
    let package = Package::new(VERSION, &platform(), b"one");
    let name = package.file_name();
    download(&folder, &[package]);
    fs::write(folder.join(&name), b"another").unwrap();
    let commands = code(&page("install-release"), SYSTEM, "shell");
    let (success, printed) = run(&workspace, cli, &folder, &commands);
    assert!(!success && printed.contains(&format!("{name}: FAILED")), "{printed}");
    assert!(!workspace.path(".terraform.d").exists());
}

/// Uses a key that is created here. Passes without a check if GnuPG is not installed.
#[expect(clippy::print_stdout, reason = "says why nothing was checked")]
fn the_page_about_releases_verifies_a_signature(cli: &Cli) {
    let workspace = Workspace::bare(cli);
    let folder = folder(&workspace);
    if !run(&workspace, cli, &folder, "gpg --version").0 {
        println!("not run: gpg is not installed");
        return;
    }
    download(&folder, &[Package::new(VERSION, &platform(), b"one")]);
    let home = workspace.path(".gnupg");
    fs::create_dir(&home).unwrap();
    fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
    let sign = format!(
        "gpg --batch --quiet --passphrase '' --quick-generate-key test@example.com rsa2048 sign never\n\
         gpg --batch --quiet --detach-sign {}\n",
        sums_name()
    );
    succeeds(&workspace, cli, &folder, &sign);
    let verify = code(&page("install-release"), "Check the signature", "shell");
    succeeds(&workspace, cli, &folder, &verify);
    fs::write(folder.join(sums_name()), "changed").unwrap();
    assert!(!run(&workspace, cli, &folder, &verify).0);
    run(&workspace, cli, &folder, "gpgconf --kill gpg-agent");
}

fn the_page_about_network_mirrors_works(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = newcomer(cli, &mock);
    let folder = folder(&workspace);
    download(
        &folder,
        &[Package::of_provider(VERSION), Package::new(VERSION, "darwin_riscv", b"another")],
    );
    let page = page("install-network-mirror");
    succeeds(&workspace, cli, &folder, &code(&page, "Create it on Linux or macOS", "shell"));
    let server = FileServer::start(&folder.join("mirror"));
    let workspace = trusting(workspace, &server);
    let install = code(&page, "Install on Linux or macOS", "shell");
    let url = "url=https://terraform.example.com/";
    assert!(install.contains(url), "{install}");
    succeeds(&workspace, cli, &folder, &install.replace(url, &format!("url={}", server.url)));
    let configuration = workspace.path(".terraformrc");
    let workspace = workspace.with_env("TF_CLI_CONFIG_FILE", configuration.to_str().unwrap());
    init(&workspace, &[]).succeeded().says(&format!("Installed alicloud-rs/alicloud v{VERSION}"));
    reads_images(&workspace);
}

/// A clone with a build in `target/PROFILE`.
fn clone(workspace: &Workspace, profile: &str) -> PathBuf {
    let clone = folder(workspace);
    let target = clone.join("target").join(profile);
    fs::create_dir_all(&target).unwrap();
    link(provider(), &target.join("terraform-provider-alicloud"));
    clone
}

fn the_page_about_building_works(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = newcomer(cli, &mock);
    let clone = clone(&workspace, "release");
    succeeds(&workspace, cli, &clone, &code(&page("install-from-source"), SYSTEM, "shell"));
    init(&workspace, &[]).succeeded().says(&format!("Installed alicloud-rs/alicloud v{VERSION}"));
    reads_images(&workspace);
}

fn the_page_about_development_builds_works(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = newcomer(cli, &mock);
    let clone = clone(&workspace, "debug");
    let commands = code(&page("install-dev-overrides"), SYSTEM, "shell");
    let show = format!("{commands}printf '%s' \"$TF_CLI_CONFIG_FILE\" >selected\n");
    succeeds(&workspace, cli, &clone, &show);
    let selected = fs::read_to_string(clone.join("selected")).unwrap();
    let workspace = workspace.with_env("TF_CLI_CONFIG_FILE", &selected);
    workspace.apply().succeeded().says("Provider development overrides are in effect");
    assert!(workspace.outputs()["count"].as_u64().unwrap() > 0);
}
