use std::{io, path::Path, sync::Arc, time::Duration};

use futures_util::future::{BoxFuture, ready};
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::{Error, encode, escape_for_html, resolve, write};
use crate::{
    alicloud::model::{DiskDeviceMapping, Image},
    ctx::{
        Ctx, Files,
        fixed::{Fixed, FixedEnv},
    },
    diag::Severity,
};

/// What the official provider writes for a full and an empty image.
const OFFICIAL: &str = r#"[
	{
		"architecture": "",
		"creation_time": "",
		"description": "\u003ca href=\"x\"\u003e\u0026\u2028\u2029\n\t\b\f\u0001\\ 中",
		"disk_device_mappings": [
			{
				"device": "/dev/xvda",
				"size": "40",
				"snapshot_id": ""
			}
		],
		"id": "m-1",
		"image_id": "m-1",
		"image_owner_alias": "",
		"image_version": "",
		"is_copied": true,
		"is_self_shared": "",
		"is_subscribed": false,
		"is_support_io_optimized": false,
		"name": "n",
		"os_name": "",
		"os_name_en": "",
		"os_type": "",
		"platform": "",
		"product_code": "",
		"progress": "",
		"size": 40,
		"state": "Available",
		"status": "Available",
		"tags": {
			"a": "1",
			"b": ""
		},
		"usage": ""
	},
	{
		"architecture": "",
		"creation_time": "",
		"description": "",
		"disk_device_mappings": null,
		"id": "",
		"image_id": "",
		"image_owner_alias": "",
		"image_version": "",
		"is_copied": false,
		"is_self_shared": "",
		"is_subscribed": false,
		"is_support_io_optimized": false,
		"name": "",
		"os_name": "",
		"os_name_en": "",
		"os_type": "",
		"platform": "",
		"product_code": "",
		"progress": "",
		"size": 0,
		"state": "",
		"status": "",
		"tags": null,
		"usage": ""
	}
]"#;

#[test]
fn the_bytes_are_those_of_the_official_provider() {
    let full = Image {
        description: "<a href=\"x\">&\u{2028}\u{2029}\n\t\u{8}\u{c}\u{1}\\ 中\u{7f}".into(),
        disk_device_mappings: vec![DiskDeviceMapping {
            device: "/dev/xvda".into(),
            size: "40".into(),
            format: "qcow2".into(),
            ..DiskDeviceMapping::default()
        }],
        image_id: "m-1".into(),
        image_name: "n".into(),
        size: 40,
        is_copied: true,
        status: "Available".into(),
        boot_mode: "UEFI".into(),
        tags: vec![
            ("b".into(), "".into()),
            ("a".into(), "1".into()),
            ("acs:x".into(), "dropped".into()),
        ],
        ..Image::default()
    };
    let encoded = encode(&[&full, &Image::default()]);
    assert_eq!(encoded.replace('\u{7f}', ""), OFFICIAL);
    // Go leaves DEL as it is.
    assert!(encoded.contains('\u{7f}'));
}

#[test]
fn no_images_are_written_as_null() {
    assert_eq!(encode(&[]), "null");
}

#[test]
fn only_texts_change_when_escaped() {
    assert_eq!(escape_for_html(r#"{"a": "<>&"}"#), r#"{"a": "\u003c\u003e\u0026"}"#);
}

#[test]
fn paths_start_at_home_or_in_the_current_folder() {
    let env = FixedEnv::from_iter([("HOME", "/home/me")]);
    for (given, expected) in [
        ("out.json", "/cwd/out.json"),
        ("./a/out.json", "/cwd/./a/out.json"),
        ("/tmp/out.json", "/tmp/out.json"),
        ("~/out.json", "/home/me/out.json"),
        ("~//out.json", "/home/me/out.json"),
        ("~someone/out.json", "/home/someone/out.json"),
        ("a~b", "/cwd/a~b"),
    ] {
        assert_eq!(resolve(&env, given).unwrap(), Path::new(expected), "{given}");
    }
    assert!(
        matches!(resolve(&env, "~nobody/x"), Err(Error::NoHome(who)) if who.contains("nobody"))
    );
    assert!(matches!(resolve(&FixedEnv::default(), "~/x"), Err(Error::NoHome(_))));
}

/// Files that cannot be written for this reason.
struct Refusing(fn() -> io::Error);

impl Files for Refusing {
    fn read<'a>(&'a self, _: &'a Path, _: u64) -> BoxFuture<'a, io::Result<Zeroizing<Vec<u8>>>> {
        Box::pin(ready(Err(io::ErrorKind::NotFound.into())))
    }

    fn read_blocking(&self, _: &Path, _: u64) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn replace<'a>(&'a self, _: &'a Path, _: Vec<u8>) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(ready(Err(self.0())))
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_names_the_file_and_the_reason() {
    let deadline = Instant::now() + Duration::from_secs(1);
    let fixed = Fixed::default();
    let full = Refusing(|| io::ErrorKind::StorageFull.into());
    let full = Ctx { files: Arc::new(full), ..fixed.ctx() };
    let warning = write(&full, "out.json", "null".into(), deadline).await.unwrap();
    assert_eq!(warning.severity, Severity::Warning);
    assert!(warning.detail.starts_with("\"/cwd/out.json\": "), "{}", warning.detail);
    assert!(warning.detail.contains("storage"), "{}", warning.detail);
    let homeless = write(&full, "~nobody/out.json", "null".into(), deadline).await.unwrap();
    assert!(homeless.detail.contains("home directory of \"nobody\""), "{}", homeless.detail);

    assert_eq!(write(&fixed.ctx(), "out.json", "null".into(), deadline).await, None);
    assert_eq!(fixed.files.content("/cwd/out.json").unwrap(), b"null");
}

#[tokio::test(start_paused = true)]
async fn the_remedy_is_that_of_the_cause() {
    use io::ErrorKind::*;
    let deadline = Instant::now() + Duration::from_secs(1);
    for (refuse, remedy) in [
        ((|| IsADirectory.into()) as fn() -> io::Error, "Name a file in the directory."),
        (|| NotADirectory.into(), "A part of the path is a file"),
        (|| NotFound.into(), "Create its directory"),
        (|| PermissionDenied.into(), "Make the file or its directory writable"),
        (|| ReadOnlyFilesystem.into(), "another file system"),
        (|| StorageFull.into(), "Free some space"),
        (|| InvalidFilename.into(), "Shorten or correct the name"),
        (|| InvalidInput.into(), "Correct the path"),
        (|| TimedOut.into(), "If the path is a FIFO, nothing reads from it"),
        (|| io::Error::other("too many symbolic links"), "or none. Remove `output_file`"),
    ] {
        let ctx = Ctx { files: Arc::new(Refusing(refuse)), ..Fixed::default().ctx() };
        let warning = write(&ctx, "out.json", "null".into(), deadline).await.unwrap();
        assert!(warning.detail.contains(remedy), "{}", warning.detail);
        let about_the_directory = ["Create its directory", "directory writable"];
        let others = about_the_directory.iter().filter(|other| !remedy.contains(*other));
        for other in others {
            assert!(!warning.detail.contains(other), "{}", warning.detail);
        }
    }
    let numbered = Refusing(|| io::Error::from_raw_os_error(1));
    let ctx = Ctx { files: Arc::new(numbered), ..Fixed::default().ctx() };
    let warning = write(&ctx, "a\u{1b}b", "null".into(), deadline).await.unwrap();
    assert!(warning.detail.starts_with("\"/cwd/a\\u001bb\": "), "{}", warning.detail);
    assert!(!warning.detail.contains("os error"), "{}", warning.detail);
}

#[tokio::test(start_paused = true)]
async fn a_file_system_that_does_not_respond_delays_only_until_the_deadline() {
    let fixed = Fixed::default();
    fixed.files.insert_silent("/cwd/out.json");
    let begun = Instant::now();
    let deadline = begun + Duration::from_secs(7);
    let warning = write(&fixed.ctx(), "out.json", "null".into(), deadline).await.unwrap();
    assert!(warning.detail.contains("timed out"), "{}", warning.detail);
    assert!(begun.elapsed() <= Duration::from_millis(7_050));
}
