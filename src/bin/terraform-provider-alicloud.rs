//! The plugin that Terraform and OpenTofu start: connects the plugin server and the provider.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use terraform_provider_alicloud::{
    ctx::system::System,
    plugin::{self, About, Mode, ProtocolVersion},
    provider::Alicloud,
};

const ABOUT: About = About {
    address: "registry.terraform.io/alicloud-rs/alicloud",
    name: "alicloud",
    version: env!("CARGO_PKG_VERSION"),
};

const HELP: &str = "\
Looks up Alibaba Cloud images for Terraform and OpenTofu, which start this program themselves.

  --debug        run under a debugger: prints TF_REATTACH_PROVIDERS for the shell that runs Terraform
  --protocol=5   with --debug: speak protocol 5 in place of 6
  --version      print the version
  --help         print this text
";

fn main() -> ExitCode {
    let (mut debug, mut protocol) = (false, ProtocolVersion::V6);
    for argument in std::env::args().skip(1) {
        // Go programs take flags with one dash as well as with two.
        match argument.trim_start_matches('-') {
            "debug" => debug = true,
            "protocol=5" => protocol = ProtocolVersion::V5,
            "protocol=6" => protocol = ProtocolVersion::V6,
            "version" => return print(io::stdout(), &format!("{}\n", ABOUT.version), true),
            "help" | "h" => return print(io::stdout(), HELP, true),
            _ => return print(io::stderr(), &format!("unknown argument {argument:?}\n"), false),
        }
    }
    let mode = if debug { Mode::Debug(protocol) } else { Mode::Plugin };
    let ctx = System::ctx();
    let new_provider = Alicloud::for_each_connection(ctx.clone(), ABOUT.version);
    plugin::run(&ABOUT, mode, new_provider, &ctx)
}

fn print(mut to: impl Write, text: &str, success: bool) -> ExitCode {
    let written = to.write_all(text.as_bytes()).is_ok();
    if written && success { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
