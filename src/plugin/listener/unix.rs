//! A Unix socket of our own, named as go-plugin names it: `plugin` and something random.

use std::{
    fs, io,
    os::unix::fs::{PermissionsExt, chown},
    path::Path,
};

use tokio::net::{UnixListener, UnixStream};

use super::super::{World, handshake::Socket};

/// The longest path that every Unix can bind: macOS has room for 104 bytes with the final zero.
const MAX_PATH: usize = 103;

/// The largest `/etc/group` that is read, in bytes.
const MAX_GROUP_FILE: u64 = 16 << 20;

pub(crate) struct UnixSocket {
    listener: UnixListener,
    path: String,
}

impl UnixSocket {
    /// `None` where the path would be too long, or is not text and so cannot be told to the host.
    pub(super) fn bind(socket: &Socket, world: &World) -> io::Result<Option<Self>> {
        let random = u128::from_be_bytes(world.entropy.bytes());
        let path = socket.folder.join(format!("plugin{random:x}"));
        let Some(path) = path.to_str().filter(|path| path.len() <= MAX_PATH) else {
            return Ok(None);
        };
        let bound = Self { listener: UnixListener::bind(path)?, path: path.to_owned() };
        // Under `--debug` nothing but the mode keeps other users of the machine out.
        let mode = match &socket.group {
            Some(group) => {
                chown(path, None, Some(group_id(group, world)?))?;
                0o660
            }
            None => 0o600,
        };
        fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
        Ok(Some(bound))
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) async fn accept(&self) -> io::Result<UnixStream> {
        self.listener.accept().await.map(|(stream, _)| stream)
    }
}

impl Drop for UnixSocket {
    fn drop(&mut self) {
        // Gone already is as good as removed.
        let _ = fs::remove_file(&self.path);
    }
}

/// The number of a group given by name or number.
fn group_id(group: &str, world: &World) -> io::Result<u32> {
    if let Ok(id) = group.parse() {
        return Ok(id);
    }
    let groups = world.files.read_blocking(Path::new("/etc/group"), MAX_GROUP_FILE)?;
    String::from_utf8_lossy(&groups)
        .lines()
        .find_map(|line| {
            let mut fields = line.split(':');
            (fields.next() == Some(group)).then(|| fields.nth(1)?.parse().ok())?
        })
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("no group {group:?}")))
}
