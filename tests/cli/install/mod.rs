//! Installing without a registry.

mod mirror;
mod network;
pub mod package;
pub mod pages;

use std::fs;

use crate::{
    Test,
    cli::{Cli, provider},
    install::{
        mirror::Mirror,
        network::FileServer,
        package::{Package, platform},
    },
    workspace::{Finished, Mock, VERSION, Workspace, link},
};

/// The tests of this module.
pub const TESTS: &[Test] = tests![
    a_locked_archive_is_not_replaced_by_another,
    a_network_mirror_is_installed_and_locked,
    a_network_mirror_must_match_the_locked_hashes,
    a_network_mirror_with_an_untrusted_certificate_is_refused,
    a_packed_mirror_is_installed_and_locked,
    an_unpacked_mirror_is_installed_and_locked,
    other_platforms_are_locked_from_either_mirror,
    the_newer_version_is_installed_on_request,
    the_sums_of_a_release_lock_a_packed_mirror,
];

/// The version before every other.
const OLDER: &str = "0.0.1";

const COUNT: &str = r#"
data "alicloud_images" "all" {
  owners = "system"
}

output "count" {
  value = length(data.alicloud_images.all.ids)
}
"#;

/// `terraform init`, and what `flag` adds to it.
fn init(workspace: &Workspace, flag: &[&str]) -> Finished {
    workspace.run(&[&["init", "-no-color"], flag].concat())
}

/// The lock file.
fn lock(workspace: &Workspace) -> String {
    workspace.read(".terraform.lock.hcl")
}

/// Checks that the installed provider works, and that the lock file is complete for this platform.
#[track_caller]
fn reads_images(workspace: &Workspace) {
    workspace.apply().succeeded();
    assert!(workspace.outputs()["count"].as_u64().unwrap() > 0);
    init(workspace, &["-lockfile=readonly"]).succeeded();
}

/// Removes the installed providers and keeps the lock file, as on another machine.
fn forget_installed(workspace: &Workspace) {
    fs::remove_dir_all(workspace.path("work/.terraform")).unwrap();
}

/// The workspace, configured to trust the server's authority and to use its mirror.
fn trusting(workspace: Workspace, server: &FileServer) -> Workspace {
    workspace.configure_cli(&server.configuration());
    let authority = workspace.path("authority.pem");
    fs::write(&authority, &server.authority).unwrap();
    workspace.with_env("SSL_CERT_FILE", authority.to_str().unwrap())
}

fn a_locked_archive_is_not_replaced_by_another(cli: &Cli) {
    let workspace = Workspace::bare(cli);
    let mirror = Mirror::of(&workspace, cli, &[Package::new(VERSION, &platform(), b"one")]);
    workspace.configure_cli(&mirror.configuration());
    workspace.main("");
    init(&workspace, &[]).succeeded();
    let locked = lock(&workspace);

    mirror.replace_archive(&Package::new(VERSION, &platform(), b"two"));
    forget_installed(&workspace);
    init(&workspace, &[])
        .failed()
        .says("doesn't match any of the checksums previously recorded in the dependency lock file");
    assert_eq!(lock(&workspace), locked);
}

fn a_network_mirror_is_installed_and_locked(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::bare(cli).against(&mock);
    let package = Package::of_provider(VERSION);
    let h1 = package.h1.clone();
    let mirror = Mirror::of(&workspace, cli, &[package]);
    let server = FileServer::start(&mirror.root);
    let workspace = trusting(workspace, &server);
    workspace.main(COUNT);

    init(&workspace, &[]).succeeded().says(&format!("Installed alicloud-rs/alicloud v{VERSION}"));
    let locked = lock(&workspace);
    // Terraform records a `zh` hash only if a registry or a lock file confirms it.
    assert!(locked.contains(&h1), "{h1} {locked}");
    reads_images(&workspace);
}

fn a_network_mirror_must_match_the_locked_hashes(cli: &Cli) {
    let workspace = Workspace::bare(cli);
    let mirror = Mirror::of(&workspace, cli, &[Package::new(VERSION, &platform(), b"one")]);
    mirror.replace_archive(&Package::new(VERSION, &platform(), b"two"));
    let server = FileServer::start(&mirror.root);
    let workspace = trusting(workspace, &server);
    workspace.main("");
    init(&workspace, &[]).failed().says("checksum");
}

fn a_network_mirror_with_an_untrusted_certificate_is_refused(cli: &Cli) {
    let workspace = Workspace::bare(cli);
    let mirror = Mirror::of(&workspace, cli, &[Package::new(VERSION, &platform(), b"one")]);
    let server = FileServer::start(&mirror.root);
    workspace.configure_cli(&server.configuration());
    workspace.main("");
    init(&workspace, &[]).failed().says("certificate signed by unknown authority");
}

fn a_packed_mirror_is_installed_and_locked(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::bare(cli).against(&mock);
    let package = Package::of_provider(VERSION);
    let h1 = package.h1.clone();
    let mirror = Mirror::of(&workspace, cli, &[package]);
    workspace.configure_cli(&mirror.configuration());
    workspace.main(COUNT);

    init(&workspace, &[]).succeeded().says(&format!("Installed alicloud-rs/alicloud v{VERSION}"));
    let locked = lock(&workspace);
    assert!(locked.contains(&h1), "{h1} {locked}");
    reads_images(&workspace);
}

fn an_unpacked_mirror_is_installed_and_locked(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::bare(cli).against(&mock);
    let mirror = workspace.path("mirror");
    let package =
        mirror.join(cli.registry()).join("alicloud-rs/alicloud").join(VERSION).join(platform());
    fs::create_dir_all(&package).unwrap();
    link(provider(), &package.join(format!("terraform-provider-alicloud_v{VERSION}")));
    workspace.configure_cli(&format!(
        "provider_installation {{\n  filesystem_mirror {{\n    path = {mirror:?}\n  }}\n}}\n"
    ));
    workspace.main(COUNT);

    init(&workspace, &[]).succeeded().says(&format!("v{VERSION}"));
    let locked = lock(&workspace);
    assert!(locked.contains("alicloud-rs/alicloud"), "{locked}");
    assert!(locked.contains("\"h1:"), "{locked}");
    reads_images(&workspace);
}

fn other_platforms_are_locked_from_either_mirror(cli: &Cli) {
    let platforms = ["darwin_arm64", "linux_amd64", "linux_arm64", "windows_amd64"];
    let packages: Vec<_> = platforms
        .iter()
        .map(|platform| Package::new(VERSION, platform, platform.as_bytes()))
        .collect();
    let workspace = Workspace::bare(cli);
    let mirror = Mirror::of(&workspace, cli, &packages);
    let server = FileServer::start(&mirror.root);
    let workspace = trusting(workspace, &server);
    let flags: Vec<_> = platforms.iter().map(|name| format!("-platform={name}")).collect();
    for source in
        [format!("-fs-mirror={}", mirror.root.display()), format!("-net-mirror={}", server.url)]
    {
        workspace.main("");
        let mut arguments = vec!["providers", "lock", "-no-color", &source];
        arguments.extend(flags.iter().map(String::as_str));
        workspace.run(&arguments).succeeded();
        let locked = lock(&workspace);
        for package in &packages {
            assert!(locked.contains(&package.h1), "{source} {} {locked}", package.platform);
        }
        fs::remove_file(workspace.path("work/.terraform.lock.hcl")).unwrap();
    }
}

fn the_newer_version_is_installed_on_request(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::bare(cli).against(&mock);
    let packages = [Package::of_provider(OLDER), Package::of_provider(VERSION)];
    let mirror = Mirror::of(&workspace, cli, &packages);
    workspace.configure_cli(&mirror.configuration());
    workspace.main(COUNT);
    let main = workspace.read("main.tf");
    let source = "source = \"alicloud-rs/alicloud\"";
    workspace.write("main.tf", &main.replace(source, &format!("{source}\nversion = \"{OLDER}\"")));
    init(&workspace, &[]).succeeded().says(&format!("Installed alicloud-rs/alicloud v{OLDER}"));
    reads_images(&workspace);

    workspace.write("main.tf", &main);
    init(&workspace, &[]).succeeded().says(&format!("v{OLDER}"));
    assert!(lock(&workspace).contains(&packages[0].h1));

    init(&workspace, &["-upgrade"])
        .succeeded()
        .says(&format!("Installed alicloud-rs/alicloud v{VERSION}"));
    let locked = lock(&workspace);
    assert!(locked.contains(&packages[1].h1) && !locked.contains(&packages[0].h1), "{locked}");
    workspace.plan().succeeded().says("No changes.");
    reads_images(&workspace);
}

/// This is the case of a lock file that was created from the registry, which publishes the
/// checksums of the release.
fn the_sums_of_a_release_lock_a_packed_mirror(cli: &Cli) {
    let workspace = Workspace::bare(cli);
    let package = Package::new(VERSION, &platform(), b"one");
    let (h1, zh) = (package.h1.clone(), package.zh.clone());
    let mirror = Mirror::of(&workspace, cli, &[package]);
    workspace.configure_cli(&mirror.configuration());
    workspace.main("").write(
        ".terraform.lock.hcl",
        &format!(
            "provider \"{}/alicloud-rs/alicloud\" {{\n  version = \"{VERSION}\"\n  hashes = [\"{zh}\"]\n}}\n",
            cli.registry()
        ),
    );
    init(&workspace, &[]).succeeded();
    let locked = lock(&workspace);
    assert!(locked.contains(&h1) && locked.contains(&zh), "{locked}");

    mirror.replace_archive(&Package::new(VERSION, &platform(), b"two"));
    workspace.write(".terraform.lock.hcl", &locked.replace(&h1, &zh));
    forget_installed(&workspace);
    init(&workspace, &[]).failed().says("doesn't match any of the checksums");
}
