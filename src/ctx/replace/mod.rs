//! Replaces the content of a file.
//!
//! A regular file is replaced in one step: the content is written to a new file next to it, which
//! gets its mode and is then renamed. If that would change more than the content, the file is
//! written in place instead, and a reader may see a part of the content.
//!
//! In a directory where everyone may create files and no one may remove those of others, such as `/tmp`, another user
//! may have created a link, a file or a FIFO at the path of the file, to have another file overwritten or to read the
//! content. Linux refuses to open such a path (`fs.protected_symlinks`, `fs.protected_regular`,
//! `fs.protected_fifos`); code that follows links by itself must do the same. See [`is_planted`].

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

/// The most symbolic links to follow, as in Linux.
const MAX_LINKS: usize = 40;

/// Writes `content` to the file that `path` names, following symbolic links, even dangling ones.
/// Blocks.
///
/// | what is there | what happens |
/// |---|---|
/// | nothing | a new file, mode 0644 less the umask |
/// | a regular file | replaced by renaming a new file of the same mode, owner and group |
/// | a file of another owner or group, with several names, mounted by itself, or in a directory that cannot be written to | written in place |
/// | a FIFO or a device | written in place |
/// | a link, file or FIFO of another user in a directory like `/tmp` | refused |
///
/// `nonce` makes the name of the new file unique.
pub(super) fn replace(path: &Path, content: &[u8], nonce: u128) -> io::Result<()> {
    let target = follow(path)?;
    let existing = match fs::metadata(&target) {
        Ok(existing) => Some(existing),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if existing.as_ref().is_some_and(|existing| !existing.is_file() || has_other_names(existing)) {
        return in_place(&target, content);
    }
    match by_rename(&target, content, nonce, existing.as_ref()) {
        Ok(true) => Ok(()),
        Ok(false) => in_place(&target, content),
        Err(error) if existing.is_some() && is_about_the_place(&error) => {
            in_place(&target, content)
        }
        Err(error) => Err(error),
    }
}

/// The file to which `path` resolves, whether it exists or not.
fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::symlink_metadata(&path) {
            Ok(link) if link.is_symlink() => check_owner(&path, &link)?,
            _ => return Ok(path),
        }
        let target = fs::read_link(&path)?;
        // A relative target starts where the link is; an absolute one replaces everything.
        path = path.parent().unwrap_or_else(|| Path::new("")).join(target);
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Replaces the file. Returns `false` without a change if the new one would have another owner.
fn by_rename(
    path: &Path,
    content: &[u8],
    nonce: u128,
    existing: Option<&fs::Metadata>,
) -> io::Result<bool> {
    path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    // The length does not depend on the file's name, which may be as long as the file system
    // allows.
    let temporary = path.with_file_name(format!(".tf-{:016x}.tmp", nonce as u64));
    let replaced = create(&temporary).and_then(|mut file| {
        if let Some(existing) = existing {
            if !has_same_owner(existing, &file.metadata()?) {
                return Ok(false);
            }
            file.set_permissions(existing.permissions())?;
        }
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&temporary, path).map(|()| true)
    });
    if !matches!(replaced, Ok(true)) {
        // The first failure is the one to report; the leftover may not even exist.
        let _ = fs::remove_file(&temporary);
    }
    replaced
}

/// Overwrites the file in place. A FIFO blocks until there is a reader.
fn in_place(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // Links were already followed; a link at this path was created since then.
        options.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    }
    // Checked before a FIFO is opened, because that waits for a reader.
    check_owner(path, &fs::symlink_metadata(path)?)?;
    let mut file = options.open(path)?;
    // The open file may differ from the one that was checked.
    let opened = file.metadata()?;
    check_owner(path, &opened)?;
    if opened.is_file() {
        file.set_len(0)?;
    }
    file.write_all(content)
}

/// Refuses what another user may have planted.
#[cfg(unix)]
fn check_owner(path: &Path, found: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => fs::metadata(parent)?,
        _ => fs::metadata(".")?,
    };
    let me = rustix::process::geteuid().as_raw();
    if is_planted(found.uid(), directory.uid(), directory.mode(), me) {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!(
                "{} belongs to user {}, in a directory where every user may create files",
                path.display(),
                found.uid()
            ),
        ));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_owner(_: &Path, _: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

/// Whether a link or file of `owner` may have been put into a directory of `directory_owner` with `mode` to attack
/// the user `me`: everyone may create files there, no one may remove those of others, and it belongs neither to `me`
/// nor to the owner of the directory. Source: Linux, `Documentation/admin-guide/sysctl/fs.rst`, `protected_symlinks`.
#[cfg(unix)]
fn is_planted(owner: u32, directory_owner: u32, mode: u32, me: u32) -> bool {
    mode & 0o1002 == 0o1002 && owner != me && owner != directory_owner
}

/// Whether the directory or the mount, not the file, is the reason for a failure: the directory is
/// not writable, or the file is a mount point.
fn is_about_the_place(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::ResourceBusy
            | io::ErrorKind::CrossesDevices
    )
}

/// Creates a new file with mode 0644 minus the umask.
fn create(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o644);
    }
    options.open(path)
}

/// Whether the file has further hard links, which would keep the old content.
#[cfg(unix)]
fn has_other_names(file: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(file) > 1
}

#[cfg(not(unix))]
fn has_other_names(_: &fs::Metadata) -> bool {
    false
}

#[cfg(unix)]
fn has_same_owner(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.uid(), one.gid()) == (other.uid(), other.gid())
}

#[cfg(not(unix))]
fn has_same_owner(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
}

#[cfg(test)]
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "these tests are about real files")]
mod tests;
