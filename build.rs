//! Checks that the Rust code in `proto/generated` was generated from the definitions in `proto/`, by their checksums.
//!
//! `cargo build --features generate` generates it, without `protoc`. The code is committed because the compiler of the
//! definitions and what it needs, some forty crates, would be a fifth of every first build.

#![allow(clippy::disallowed_methods, reason = "a build script has no `Ctx`")]

use std::{error::Error, fmt::Write as _, fs, path::Path};

/// The definitions, in the folder `proto`.
const DEFINITIONS: [&str; 4] =
    ["go_plugin.proto", "health.proto", "tfplugin5.proto", "tfplugin6.proto"];

/// A line for each definition from which `proto/generated` was generated.
const CHECKSUMS: &str = "proto/generated/checksums.txt";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let checksums = checksums()?;
    #[cfg(feature = "generate")]
    generate::run(&checksums)?;
    if fs::read_to_string(CHECKSUMS)? != checksums {
        println!(
            "cargo::error=proto/generated was generated from other definitions than those in proto: \
             run `cargo build --features generate` and commit what it writes"
        );
    }
    Ok(())
}

/// The CRC-32 and the name of each definition.
fn checksums() -> Result<String, Box<dyn Error>> {
    let mut lines = String::new();
    for file in DEFINITIONS {
        let checksum = crc32fast::hash(&fs::read(Path::new("proto").join(file))?);
        writeln!(lines, "{checksum:08x}  {file}")?;
    }
    Ok(lines)
}

/// Compiles the definitions.
///
/// `wire` includes the server side. Only the plugin client of the tests and of the `read_data_source` example includes
/// the client side, so no client code is linked into a binary.
///
/// Of the service `Provider`, the server side has only the implemented RPCs and the messages that they use. The server
/// of the other sixty RPCs would be a twentieth of the binary, and their response, which `plugin::unsupported` writes,
/// is always the same.
#[cfg(feature = "generate")]
mod generate {
    use std::{
        collections::BTreeSet,
        env,
        error::Error,
        fs, io,
        path::{Path, PathBuf},
    };

    use protox::prost_reflect::prost_types::{
        DescriptorProto, FileDescriptorProto, FileDescriptorSet,
    };

    use super::{CHECKSUMS, DEFINITIONS};

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

    pub(super) fn run(checksums: &str) -> Result<(), Box<dyn Error>> {
        let definitions = protox::compile(DEFINITIONS, ["proto"])?;
        let mut implemented = definitions.clone();
        for file in &mut implemented.file {
            if file.service.iter().any(|service| service.name() == "Provider") {
                keep_implemented(file);
            }
        }
        let server =
            tonic_prost_build::configure().build_client(false).generate_default_stubs(true);
        write("server", server, implemented)?;
        write("client", tonic_prost_build::configure().build_server(false), definitions)?;
        Ok(write_changed(Path::new(CHECKSUMS), checksums.as_bytes())?)
    }

    /// Generates one side, first into the folder that cargo gives to build scripts.
    fn write(
        side: &str,
        builder: tonic_prost_build::Builder,
        definitions: FileDescriptorSet,
    ) -> Result<(), Box<dyn Error>> {
        let out = PathBuf::from(env::var("OUT_DIR")?).join(side);
        fs::create_dir_all(&out)?;
        builder.build_transport(false).bytes(".").out_dir(&out).compile_fds(definitions)?;
        for file in fs::read_dir(&out)? {
            let file = file?;
            let target = Path::new("proto/generated").join(side).join(file.file_name());
            write_changed(&target, &fs::read(file.path())?)?;
        }
        Ok(())
    }

    /// Leaves a file as it is that has this content: cargo goes by the time of the last change.
    fn write_changed(path: &Path, content: &[u8]) -> io::Result<()> {
        if fs::read(path).is_ok_and(|old| old == content) {
            return Ok(());
        }
        fs::write(path, content)
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
        let mut new: Vec<String> = methods
            .flat_map(|rpc| [rpc.input_type(), rpc.output_type()])
            .filter_map(name)
            .collect();
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
}
