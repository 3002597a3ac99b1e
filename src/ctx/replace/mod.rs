//! Replaces the content of a file.
//!
//! A regular file is replaced in one step: the content goes into a new file next to it, which takes
//! over its mode and its name. Where that would change more than the content, it is written in
//! place instead, and a reader may see a part of it.

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

/// The file that `path` leads to, whether it exists or not.
fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&path) {
            // A relative target starts where the link is; an absolute one replaces everything.
            Ok(target) => path = path.parent().unwrap_or_else(|| Path::new("")).join(target),
            Err(_) => return Ok(path),
        }
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
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?.to_owned();
    name.push(format!(".{nonce}.tmp"));
    let temporary = path.with_file_name(name);
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
    let mut file = fs::OpenOptions::new().write(true).truncate(true).open(path)?;
    file.write_all(content)
}

/// Whether a failure is about the directory or the mount and not about the file: the directory
/// cannot be written to, or the file is a mount point.
fn is_about_the_place(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::ResourceBusy
            | io::ErrorKind::CrossesDevices
    )
}

/// Creates a new file of mode 0644 less the umask.
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
mod tests;
