//! Compiles `proto/` without `protoc`.
//!
//! The server side goes to `OUT_DIR/server`, where `wire` includes it. The client side goes to
//! `OUT_DIR/client`: only the plugin client of the tests and of the `read_data_source` example
//! includes it, so no client code is linked into a binary.

use std::{env, error::Error, fs, path::PathBuf};

const FILES: [&str; 4] = ["go_plugin.proto", "health.proto", "tfplugin5.proto", "tfplugin6.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(FILES, ["proto"])?;
    #[expect(
        clippy::disallowed_methods,
        reason = "cargo tells a build script its folder this way only"
    )]
    let out = PathBuf::from(env::var("OUT_DIR")?);

    let server = out.join("server");
    fs::create_dir_all(&server)?;
    tonic_prost_build::configure()
        .build_client(false)
        .build_transport(false)
        .generate_default_stubs(true)
        .bytes(".")
        .out_dir(server)
        .compile_fds(descriptors.clone())?;

    let client = out.join("client");
    fs::create_dir_all(&client)?;
    tonic_prost_build::configure()
        .build_server(false)
        .build_transport(false)
        .bytes(".")
        .out_dir(client)
        .compile_fds(descriptors)?;
    Ok(())
}
