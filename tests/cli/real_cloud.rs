//! One lookup against the real cloud, for developers with an account. It makes only read-only
//! calls, and only if `ALICLOUD_ACC=1` is set.

use std::env;

use crate::{
    Test,
    cli::Cli,
    workspace::{SOURCE, Workspace},
};

/// The reason for ignoring the test, if any.
pub fn ignored() -> Option<&'static str> {
    let wanted = env::var("ALICLOUD_ACC").is_ok_and(|value| value == "1");
    (!wanted).then_some("it calls the real cloud; ALICLOUD_ACC=1 and credentials let it")
}

/// The test of this module.
pub const TEST: Test = ("the_newest_public_image_is_found", the_newest_public_image_is_found);

/// Finds the newest Ubuntu with the credentials of the environment.
fn the_newest_public_image_is_found(cli: &Cli) {
    let mut workspace = Workspace::bare(cli);
    for (name, value) in env::vars() {
        let ours = ["ALICLOUD_", "ALIBABA_CLOUD_", "ALIBABACLOUD_", "HTTPS_PROXY", "NO_PROXY"];
        if ours.iter().any(|prefix| name.starts_with(prefix)) {
            workspace = workspace.with_env(&name, &value);
        }
    }
    let workspace = workspace.overriding(&[(SOURCE, None)]);
    workspace.main(
        "data \"alicloud_image\" \"ubuntu\" {\n  owners = \"system\"\n  name_regex = \"^ubuntu_22_04_x64\"\n  most_recent = true\n}\n\
         output \"id\" {\n  value = data.alicloud_image.ubuntu.id\n}\n",
    );
    workspace.apply().succeeded();
    let id = workspace.outputs()["id"].clone();
    assert!(id.as_str().unwrap().starts_with("ubuntu_22_04_x64"), "{id}");
    workspace.plan().succeeded().says("No changes.");
}
