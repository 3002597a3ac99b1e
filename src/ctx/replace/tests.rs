use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink},
    path::Path,
    process::Command,
    thread,
};

use tempfile::tempdir;

use super::*;

fn put(path: &Path, content: &str) -> io::Result<()> {
    replace(path, content.as_bytes(), 7)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_new_file_appears_and_an_existing_one_is_replaced_with_its_mode() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("f");
    put(&path, "first").unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o133, 0);
    for mode in [0o600, 0o640, 0o444] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let before = fs::metadata(&path).unwrap().ino();
        put(&path, "second").unwrap();
        let after = fs::metadata(&path).unwrap();
        assert_eq!(after.mode() & 0o777, mode);
        assert_ne!(after.ino(), before, "it was not replaced in one step");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "second");
    assert_eq!(names(folder.path()), ["f"]);
}

#[test]
fn links_are_followed_and_kept() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("d")).unwrap();
    let (link, target) = (folder.path().join("link"), folder.path().join("d/target"));
    symlink("second", &link).unwrap();
    symlink("d/target", folder.path().join("second")).unwrap();
    put(&link, "through a dangling link").unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "through a dangling link");
    put(&link, "again").unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "again");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(names(folder.path()), ["d", "link", "second"]);
    symlink("loop", folder.path().join("loop")).unwrap();
    assert!(put(&folder.path().join("loop"), "").is_err());
}

#[test]
fn a_file_with_several_names_is_written_in_place() {
    let folder = tempdir().unwrap();
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    fs::write(&one, "a longer first content").unwrap();
    fs::hard_link(&one, &other).unwrap();
    put(&one, "new").unwrap();
    assert_eq!(fs::read_to_string(&other).unwrap(), "new");
}

#[test]
fn a_fifo_and_a_device_are_written_to_in_place() {
    let folder = tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let reader = {
        let fifo = fifo.clone();
        thread::spawn(move || fs::read_to_string(fifo).unwrap())
    };
    put(&fifo, "through").unwrap();
    assert_eq!(reader.join().unwrap(), "through");
    assert!(!fs::metadata(&fifo).unwrap().is_file());
    put(Path::new("/dev/null"), "gone").unwrap();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn a_file_of_another_user_keeps_its_owner() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("f");
    fs::write(&path, "old").unwrap();
    // Only root can change the owner of a file, so other users cannot test this.
    if chown(&path, Some(65_534), Some(65_534)).is_err() {
        return;
    }
    put(&path, "new").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    assert_eq!(fs::metadata(&path).unwrap().uid(), 65_534);
    assert_eq!(names(folder.path()), ["f"]);
}

/// Root may create files in every directory, so there the file is replaced.
#[test]
fn a_file_in_a_directory_that_cannot_be_written_to_is_written_in_place() {
    let folder = tempdir().unwrap();
    let (path, other) = (folder.path().join("f"), folder.path().join("other"));
    fs::write(&path, "a longer first content").unwrap();
    let before = fs::metadata(&path).unwrap().ino();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let (written, created) = (put(&path, "new"), put(&other, "new"));
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    written.unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    if let Err(error) = created {
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(fs::metadata(&path).unwrap().ino(), before);
        assert_eq!(names(folder.path()), ["f"]);
    }
}

#[test]
fn a_path_without_a_directory_is_in_the_current_one() {
    let path = Path::new("Cargo.toml");
    check_owner(path, &fs::metadata(path).unwrap()).unwrap();
}

#[test]
fn a_folder_or_a_missing_folder_is_an_error() {
    let folder = tempdir().unwrap();
    assert!(put(folder.path(), "").is_err());
    let error = put(&folder.path().join("none/f"), "").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}

#[test]
fn only_failures_of_the_place_let_a_file_be_written_where_it_is() {
    use io::ErrorKind as E;
    for kind in [E::PermissionDenied, E::ReadOnlyFilesystem, E::ResourceBusy, E::CrossesDevices] {
        assert!(is_about_the_place(&kind.into()), "{kind}");
    }
    for kind in [E::NotFound, E::StorageFull, E::WriteZero] {
        assert!(!is_about_the_place(&kind.into()), "{kind}");
    }
}

#[test]
fn only_files_of_others_in_a_sticky_public_directory_are_planted() {
    let (me, root, other) = (1_000, 0, 1_001);
    for (owner, directory_owner, mode, expected) in [
        (other, root, 0o1777, true),
        (other, me, 0o41777, true),
        (root, other, 0o1777, true),
        (me, root, 0o1777, false),
        (root, root, 0o1777, false),
        (other, other, 0o1777, false),
        // Directories where others can replace everything, or create nothing, are not protected.
        (other, root, 0o777, false),
        (other, root, 0o1775, false),
        (other, root, 0o755, false),
    ] {
        let planted = is_planted(owner, directory_owner, mode, me);
        assert_eq!(planted, expected, "{owner} {directory_owner} {mode:o}");
    }
}

#[test]
fn files_of_another_user_in_a_sticky_public_directory_are_not_touched() {
    const OTHER: Option<u32> = Some(65_534);
    let folder = tempdir().unwrap();
    let shared = folder.path().join("shared");
    fs::create_dir(&shared).unwrap();
    let [link, file, fifo] = ["link", "file", "fifo"].map(|name| shared.join(name));
    let victim = folder.path().join("victim");
    fs::write(&victim, "valuable").unwrap();
    symlink(&victim, &link).unwrap();
    fs::write(&file, "theirs").unwrap();
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).unwrap();
    // Only root can give files away, so other users cannot test this.
    if lchown(&link, OTHER, OTHER).is_err() {
        return;
    }
    chown(&file, OTHER, OTHER).unwrap();
    chown(&fifo, OTHER, OTHER).unwrap();
    for path in [&link, &file, &fifo] {
        let error = put(path, "new").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{error}");
        assert!(error.to_string().contains("belongs to user 65534"), "{error}");
    }
    assert_eq!(fs::read_to_string(&victim).unwrap(), "valuable");
    assert_eq!(fs::read_to_string(&file).unwrap(), "theirs");
    // The user's own links may point anywhere.
    let own = shared.join("own");
    symlink(&victim, &own).unwrap();
    put(&own, "new").unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "new");
}

#[test]
fn a_file_may_have_the_longest_possible_name() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("n".repeat(255));
    put(&path, "first").unwrap();
    put(&path, "second").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "second");
}
