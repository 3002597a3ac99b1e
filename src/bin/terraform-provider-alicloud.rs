//! The plugin that Terraform and OpenTofu start: joins the plugin server and the provider.

use std::{
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
};

use terraform_provider_alicloud::{
    ctx::system::System,
    plugin::{self, About, Mode, Protocol, World},
};

const ABOUT: About = About {
    address: "registry.terraform.io/alicloud-rs/alicloud",
    name: "alicloud",
    version: env!("CARGO_PKG_VERSION"),
};

const HELP: &str = "\
Image look-ups on Alibaba Cloud for Terraform and OpenTofu, which start this program themselves.

  --debug        run under a debugger: prints TF_REATTACH_PROVIDERS for the shell that runs Terraform
  --protocol=5   with --debug: speak protocol 5 in place of 6
  --version      print the version
  --help         print this text
";

fn main() -> ExitCode {
    let (mut debug, mut protocol) = (false, Protocol::V6);
    for argument in std::env::args().skip(1) {
        // Go programs take flags with one dash as well as with two.
        match argument.trim_start_matches('-') {
            "debug" => debug = true,
            "protocol=5" => protocol = Protocol::V5,
            "protocol=6" => protocol = Protocol::V6,
            "version" => return print(io::stdout(), &format!("{}\n", ABOUT.version), true),
            "help" | "h" => return print(io::stdout(), HELP, true),
            _ => return print(io::stderr(), &format!("unknown argument {argument:?}\n"), false),
        }
    }
    let mode = if debug { Mode::Debug(protocol) } else { Mode::Plugin };
    let world = World {
        clock: Arc::new(System),
        entropy: Arc::new(System),
        env: Arc::new(System),
        files: Arc::new(System),
    };
    plugin::run(&ABOUT, mode, Arc::new(placeholder::Placeholder), &world)
}

fn print(mut to: impl Write, text: &str, success: bool) -> ExitCode {
    let written = to.write_all(text.as_bytes()).is_ok();
    if written && success { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Stands in until the provider is joined: one data source that gives its argument back.
mod placeholder {
    use std::sync::Arc;

    use futures_util::future::BoxFuture;
    use terraform_provider_alicloud::{
        contract::{ConfigureRequest, DataSource, Provider, ReadRequest, ReadResponse},
        diag::Diagnostics,
        schema::{Attribute, AttributeKind, Block, Nesting, Presence, Schema},
        value::{Kind, Value},
    };

    pub(crate) struct Placeholder;

    impl Provider for Placeholder {
        fn schema(&self) -> Schema {
            let region = Attribute::new("region", Kind::String, Presence::Optional, "A region.");
            Schema { version: 0, block: Block { attributes: vec![region], ..Block::default() } }
        }

        fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
            vec![Arc::new(Echo)]
        }

        fn validate(&self, _: &Value) -> Diagnostics {
            Diagnostics::default()
        }

        fn configure(&self, _: ConfigureRequest) -> BoxFuture<'_, Diagnostics> {
            Box::pin(async { Diagnostics::default() })
        }

        fn stop(&self) {}
    }

    struct Echo;

    impl DataSource for Echo {
        fn name(&self) -> &'static str {
            "alicloud_echo"
        }

        fn schema(&self) -> Schema {
            let attribute = |name, presence| Attribute::new(name, Kind::String, presence, "Text.");
            let mut echoes = attribute("echoes", Presence::Computed);
            echoes.kind = AttributeKind::Nested {
                nesting: Nesting::List,
                attributes: vec![attribute("text", Presence::Computed)],
            };
            Schema {
                version: 0,
                block: Block {
                    attributes: vec![attribute("text", Presence::Required), echoes],
                    ..Block::default()
                },
            }
        }

        fn validate(&self, _: &Value) -> Diagnostics {
            Diagnostics::default()
        }

        fn read(&self, request: ReadRequest) -> BoxFuture<'_, ReadResponse> {
            Box::pin(async move {
                let text = request.config.attribute("text").clone();
                let echoes = Value::List(vec![Value::object([("text", text.clone())])]);
                let state = Value::object([("text", text), ("echoes", echoes)]);
                ReadResponse { state: Some(state), ..ReadResponse::default() }
            })
        }
    }
}
