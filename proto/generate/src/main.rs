//! Writes `proto/generated` from the `.proto` files: `cargo run --manifest-path proto/generate/Cargo.toml`.
//!
//! The result is committed, so that neither users nor `cargo test` build a compiler of protobuf. CI runs this and
//! fails if anything changes.
//!
//! `server` is what the crate includes. `client` is for the plugin client of the tests and of the `read_data_source`
//! example, so that no client code is linked into a binary.

use std::{error::Error, fs, path::Path};

const FILES: [&str; 4] = ["go_plugin.proto", "health.proto", "tfplugin5.proto", "tfplugin6.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    let proto = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let descriptors = protox::compile(FILES, [&proto])?;
    for side in ["server", "client"] {
        let folder = proto.join("generated").join(side);
        // A file that is not written any more must not stay.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        tonic_prost_build::configure()
            .build_client(side == "client")
            .build_server(side == "server")
            .build_transport(false)
            .generate_default_stubs(side == "server")
            .bytes(".")
            .out_dir(folder)
            .compile_fds(descriptors.clone())?;
    }
    Ok(())
}
