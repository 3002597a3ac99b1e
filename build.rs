//! Compiles `proto/` without `protoc`.
//!
//! The server side goes to `OUT_DIR/server`, where `wire` includes it. The client side goes to
//! `OUT_DIR/client`: only the plugin client of the tests and of the `read_data_source` example
//! includes it, so no client code is linked into a binary.
//!
//! Of the service `Provider`, the server side has only the implemented RPCs and the messages that they use. The
//! server of the other sixty RPCs would be a twentieth of the binary, and their response, which `plugin::unsupported`
//! writes, is always the same.

use std::{collections::BTreeSet, env, error::Error, fs, path::PathBuf};

use prost_types::{DescriptorProto, FileDescriptorProto};

const FILES: [&str; 4] = ["go_plugin.proto", "health.proto", "tfplugin5.proto", "tfplugin6.proto"];

/// The RPCs of the service `Provider` that `plugin::v5` or `plugin::v6` implements.
const IMPLEMENTED: [&str; 14] = [
    "Configure",
    "ConfigureProvider",
    "GetFunctions",
    "GetMetadata",
    "GetProviderSchema",
    "GetResourceIdentitySchemas",
    "GetSchema",
    "PrepareProviderConfig",
    "ReadDataSource",
    "Stop",
    "StopProvider",
    "ValidateDataResourceConfig",
    "ValidateDataSourceConfig",
    "ValidateProviderConfig",
];

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
    let mut implemented = descriptors.clone();
    for file in &mut implemented.file {
        if file.service.iter().any(|service| service.name() == "Provider") {
            keep_implemented(file);
        }
    }
    tonic_prost_build::configure()
        .build_client(false)
        .build_transport(false)
        .generate_default_stubs(true)
        .bytes(".")
        .out_dir(server)
        .compile_fds(implemented)?;

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

/// Removes the other RPCs, the other services, and the messages that are then unused.
fn keep_implemented(file: &mut FileDescriptorProto) {
    file.service.retain(|service| service.name() == "Provider");
    let methods = file.service.iter_mut().map(|service| &mut service.method);
    methods.for_each(|methods| methods.retain(|rpc| IMPLEMENTED.contains(&rpc.name())));

    let messages = format!(".{}.", file.package());
    let name = |path: &str| {
        let path = path.strip_prefix(&messages)?;
        Some(path.split_once('.').map_or(path, |(message, _)| message).to_owned())
    };
    let methods = file.service.iter().flat_map(|service| &service.method);
    let mut new: Vec<String> =
        methods.flat_map(|rpc| [rpc.input_type(), rpc.output_type()]).filter_map(name).collect();
    let mut needed = BTreeSet::new();
    while let Some(message) = new.pop() {
        if needed.insert(message.clone()) {
            let found = file.message_type.iter().filter(|found| found.name() == message);
            new.extend(found.flat_map(types).filter_map(|path| name(&path)));
        }
    }
    file.message_type.retain(|message| needed.contains(message.name()));
    // Comments are located by position, and the positions have changed.
    file.source_code_info = None;
}

/// The types of the fields of a message and of those nested in it.
fn types(message: &DescriptorProto) -> Vec<String> {
    let fields = message.field.iter().map(|field| field.type_name().to_owned());
    fields.chain(message.nested_type.iter().flat_map(types)).collect()
}
