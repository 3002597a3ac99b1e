//! `packer build` against `mock-ecs`: the builder `alicloud-ecs` runs from its first lookup to the
//! finished image, and replaces that image in a second run. `tests/packer/install` builds Packer and the
//! plugin; if they are missing the test is reported as ignored, and fails with `REQUIRE_PACKER=1`.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use libtest_mimic::{Completion, Failed, Trial};
use terraform_provider_alicloud::mock::{Config, Server, UnknownParameters};

const SOURCE: &str = "ubuntu_22_04_x64_20G_alibase_20250722.vhd";

/// A build without a provisioner: nothing runs on the instances of the mock.
const TEMPLATE: &str = r#"
packer {
  required_plugins {
    alicloud = {
      source  = "github.com/hashicorp/alicloud"
      version = ">= 1.1.0"
    }
  }
}

variable "endpoint" {
  default = env("ALIBABA_CLOUD_ENDPOINT")
}

source "alicloud-ecs" "web" {
  custom_endpoint_ecs          = var.endpoint
  region                       = "cn-hangzhou"
  source_image                 = "SOURCE"
  instance_type                = "ecs.g7.large"
  image_name                   = "web-packer"
  image_description            = "built by Packer"
  image_force_delete           = true
  image_force_delete_snapshots = true
  associate_public_ip_address  = true
  communicator                 = "none"
  tags                         = { built-by = "packer" }

  image_disk_mappings {
    disk_name     = "data"
    disk_size     = 30
    disk_category = "cloud_essd"
  }
}

build {
  sources = ["source.alicloud-ecs.web"]
}
"#;

/// The test; ignored, with the reason, if Packer is not installed.
pub fn trial() -> Trial {
    Trial::ignorable_test("packer::a_build_chooses_its_image_and_finishes", || match find() {
        Ok((packer, plugins)) => {
            builds(&packer, &plugins)?;
            Ok(Completion::Completed)
        }
        Err(reason) if env::var_os("REQUIRE_PACKER").is_some_and(|value| value == "1") => {
            Err(reason.into())
        }
        Err(reason) => Ok(Completion::ignored_with(reason)),
    })
}

/// Packer, and the folder of its plugins.
fn find() -> Result<(PathBuf, PathBuf), String> {
    let target = Path::new(env!("CARGO_BIN_EXE_mock-ecs")).parent().and_then(Path::parent);
    let built = target.unwrap_or_else(|| Path::new("target")).join("packer");
    let plugins =
        env::var_os("PACKER_PLUGIN_PATH").map_or_else(|| built.join("plugins"), PathBuf::from);
    let folders = env::var_os("PATH").unwrap_or_default();
    let packer = env::split_paths(&folders)
        .chain([built])
        .map(|folder| folder.join("packer"))
        .find(|path| path.is_file());
    let packer = packer.ok_or("no packer on PATH; tests/packer/install builds one")?;
    if plugins.join("github.com/hashicorp/alicloud").is_dir() {
        Ok((packer, plugins))
    } else {
        Err(format!("no plugin for Alibaba Cloud in {}", plugins.display()))
    }
}

fn builds(packer: &Path, plugins: &Path) -> Result<(), Failed> {
    let config = Config {
        image_time: Default::default(),
        unknown_parameters: UnknownParameters::Refuse,
        ..Config::default()
    };
    let server = Server::start(config)?;
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("image.pkr.hcl"), TEMPLATE.replace("SOURCE", SOURCE))?;
    let build = || -> Result<(), Failed> {
        let output = Command::new(packer)
            .args(["build", "-color=false", "image.pkr.hcl"])
            .current_dir(folder.path())
            .env_clear()
            .envs(env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", folder.path())
            .env("PACKER_PLUGIN_PATH", plugins)
            .env("PACKER_CONFIG_DIR", folder.path())
            .env("CHECKPOINT_DISABLE", "1")
            .env("ALIBABA_CLOUD_ENDPOINT", server.address().to_string())
            .env("ALICLOUD_ACCESS_KEY", "mock-access-key")
            .env("ALICLOUD_SECRET_KEY", "mock-secret-key")
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    };
    let journal = server.journal();
    build()?;
    journal.expect("CreateInstance").with("ImageId", SOURCE).answered("").times(1)?;
    journal.expect("CreateImage").with("ImageName", "web-packer").answered("").times(1)?;
    journal.expect("ModifyImageSharePermission").answered("").times(1)?;
    journal.expect("DeleteKeyPairs").answered("").times(1)?;
    build()?;
    journal.expect("DeleteImage").answered("").times(1)?;
    journal.expect("DeleteSnapshot").answered("").at_least(1)?;
    let refused: Vec<_> = journal.entries().into_iter().filter(|e| !e.code.is_empty()).collect();
    assert!(refused.is_empty(), "{refused:?}");
    Ok(())
}
