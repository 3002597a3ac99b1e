//! A Unix socket that no other user of the machine can reach.
//!
//! The socket lives in a directory of its own, which is created with mode 0700 before the socket is
//! bound, so that mode controls access to it at all times. No other user can replace it or a
//! directory on its path. The directory is named as go-plugin's, `plugin` with a random suffix, so
//! that tools that clean up after go-plugin also remove it.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
};

use tokio::net::{UnixListener, UnixStream};

use super::Socket;
use crate::ctx::{Ctx, Entropy};

/// The longest path that every Unix can bind: macOS has room for 104 bytes with the final zero.
const MAX_PATH: usize = 103;

/// The largest `/etc/group` that is read, in bytes.
const MAX_GROUP_FILE: u64 = 16 << 20;

/// The socket's name within its folder.
const SOCKET: &str = "socket";

pub(crate) struct UnixSocket {
    listener: UnixListener,
    folder: PrivateFolder,
}

impl UnixSocket {
    /// Binds in the first folder where a private place can be made.
    ///
    /// # Errors
    ///
    /// If there is no such folder, or no group of the name that the host gave.
    pub(super) fn bind(socket: &Socket, ctx: &Ctx) -> io::Result<Self> {
        let group = socket.group.as_ref().map(|group| group_id(group, ctx)).transpose()?;
        let mut failures = String::new();
        for folder in &socket.folders {
            match Self::bind_in(folder, group, ctx.entropy.as_ref()) {
                Ok(bound) => return Ok(bound),
                Err(error) => failures.push_str(&format!(" {}: {error}.", folder.display())),
            }
        }
        Err(io::Error::other(format!(
            "there is no private place for it.{failures} Set {} to a directory that this user can \
             write to, with a path of at most {} bytes",
            socket.variable,
            MAX_PATH - PrivateFolder::ROOM
        )))
    }

    fn bind_in(parent: &Path, group: Option<u32>, entropy: &dyn Entropy) -> io::Result<Self> {
        let folder = PrivateFolder::create(parent, entropy)?;
        let path = folder.socket();
        let listener = UnixListener::bind(&path)?;
        if let Some(group) = group {
            chown(&path, None, Some(group))?;
            chown(&folder.0, None, Some(group))?;
        }
        let (socket, directory) = if group.is_some() { (0o660, 0o710) } else { (0o600, 0o700) };
        fs::set_permissions(&path, fs::Permissions::from_mode(socket))?;
        fs::set_permissions(&folder.0, fs::Permissions::from_mode(directory))?;
        Ok(Self { listener, folder })
    }

    pub(super) fn path(&self) -> String {
        // The folder's path was checked to be text.
        self.folder.socket().to_string_lossy().into_owned()
    }

    /// The folder, for the watchdog, which [`remove`]s it if this process cannot end normally.
    pub(super) fn folder(&self) -> PathBuf {
        self.folder.0.clone()
    }

    pub(super) async fn accept(&self) -> io::Result<UnixStream> {
        self.listener.accept().await.map(|(stream, _)| stream)
    }
}

/// A folder with nothing but the socket in it. Dropping it removes both.
struct PrivateFolder(PathBuf);

impl PrivateFolder {
    /// How many bytes longer the socket's path is than that of the parent folder.
    const ROOM: usize = "/plugin0123456789abcdef/socket".len();

    fn create(parent: &Path, entropy: &dyn Entropy) -> io::Result<Self> {
        let unfit = |reason: &str| Err(io::Error::other(reason.to_owned()));
        // The path of a link could later lead to another directory than the one that is checked.
        let parent = fs::canonicalize(parent)?;
        match parent.to_str() {
            None => return unfit("the path is not Unicode"),
            Some(text) if text.len() + Self::ROOM > MAX_PATH => {
                return unfit("the path is too long for a socket");
            }
            Some(_) => {}
        }
        let me = rustix::process::geteuid().as_raw();
        for directory in parent.ancestors() {
            let found = fs::metadata(directory)?;
            if others_may_replace(found.uid(), found.mode(), me) {
                let place = directory.display();
                return unfit(&format!("other users may replace what is in {place}"));
            }
        }
        let random = u128::from_be_bytes(entropy.bytes()) as u64;
        let path = parent.join(format!("plugin{random:016x}"));
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }

    fn socket(&self) -> PathBuf {
        self.0.join(SOCKET)
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        remove(&self.0);
    }
}

/// Whether a user other than root and `me` could replace what is in a directory of `owner` with `mode`: the private
/// folder, or a directory on its path. The owner of a directory may rename everything in it, and so may everyone
/// with write permission, unless it is sticky.
fn others_may_replace(owner: u32, mode: u32, me: u32) -> bool {
    let others_may_write = mode & 0o022 != 0 && mode & 0o1000 == 0;
    others_may_write || (owner != me && owner != 0)
}

/// Removes a socket's folder with the socket.
pub(super) fn remove(folder: &Path) {
    // A missing file counts as removed.
    let _ = fs::remove_file(folder.join(SOCKET));
    let _ = fs::remove_dir(folder);
}

/// The number of a group given by name or number.
fn group_id(group: &str, ctx: &Ctx) -> io::Result<u32> {
    if let Ok(id) = group.parse() {
        return Ok(id);
    }
    let groups = ctx.files.read_blocking(Path::new("/etc/group"), MAX_GROUP_FILE)?;
    String::from_utf8_lossy(&groups)
        .lines()
        .find_map(|line| {
            let mut fields = line.split(':');
            (fields.next() == Some(group)).then(|| fields.nth(1)?.parse().ok())?
        })
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("no group {group:?}")))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::ctx::fixed::Fixed;

    /// Creates a private folder in `parent`; returns its path, or the reason why there is none.
    fn created(parent: &Path) -> Result<PathBuf, String> {
        let folder = PrivateFolder::create(parent, Fixed::default().ctx().entropy.as_ref());
        folder.map(|folder| folder.0.clone()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_path_on_which_others_may_rename_a_directory_is_not_used() {
        let temporary = tempfile::tempdir().unwrap();
        let root = temporary.path().canonicalize().unwrap();
        let (outer, parent, link) = (root.join("a"), root.join("a/b/c"), root.join("link"));
        fs::create_dir_all(&parent).unwrap();
        symlink(&parent, &link).unwrap();
        for path in [&parent, &link] {
            for mode in [0o777, 0o775] {
                fs::set_permissions(&outer, fs::Permissions::from_mode(mode)).unwrap();
                let reason = created(path).unwrap_err();
                assert!(
                    reason.ends_with(&format!("replace what is in {}", outer.display())),
                    "{reason}"
                );
            }
            for mode in [0o1777, 0o755] {
                fs::set_permissions(&outer, fs::Permissions::from_mode(mode)).unwrap();
                // The link itself is not part of the path, so nobody can redirect it.
                assert!(created(path).unwrap().starts_with(&parent), "{mode:o}");
            }
        }
    }

    #[test]
    fn a_directory_in_which_others_may_rename_is_not_used() {
        let (me, root, other) = (1_000, 0, 1_001);
        for (owner, mode, unfit) in [
            (root, 0o41777, false),
            (me, 0o40700, false),
            (me, 0o40755, false),
            (me, 0o41777, false),
            (me, 0o41775, false),
            (me, 0o40775, true),
            (me, 0o40777, true),
            (root, 0o40777, true),
            (other, 0o40755, true),
            (other, 0o41777, true),
        ] {
            assert_eq!(others_may_replace(owner, mode, me), unfit, "{owner} {mode:o}");
        }
    }
}
