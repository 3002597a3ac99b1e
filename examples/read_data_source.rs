//! Reads a data source of a built provider, without Terraform.
//!
//! ```text
//! cargo run --example read_data_source -- --provider target/debug/terraform-provider-alicloud \
//!     --type alicloud_images --provider-config '{"region":"cn-hangzhou"}' \
//!     --config '{"owners":"system"}'
//! ```
//!
//! Prints the state as JSON; with `--ids`, only its `ids`, one on each line. The environment,
//! including credentials, is passed to the provider unchanged. On failure, the diagnostics go to
//! stderr and the exit status is 1.

#[path = "../tests/support/client/mod.rs"]
mod client;

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use lexopt::{Arg, ValueExt};
use serde_json::{Value as Json, json};

use client::{Client, Diagnostic, Error, Launch};

/// What to read.
struct Query {
    provider: PathBuf,
    type_name: String,
    provider_config: Json,
    config: Json,
    ids_only: bool,
}

const USAGE: &str = "usage: read_data_source --provider PATH --type NAME \
                     [--provider-config JSON] [--config JSON] [--ids]";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match read().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If stderr is closed, nothing can be reported.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

async fn read() -> Result<(), Error> {
    let query = parse()?;
    let mut plugin = Launch::new(&query.provider)?.start().await?;
    let mut client = plugin.connect().await?;
    let read = ask(&mut client, &query).await;
    client.shutdown().await?;
    plugin.child.wait().await?;
    let mut stdout = io::stdout().lock();
    let state = read?;
    if query.ids_only {
        let ids = state.get("ids").and_then(Json::as_array).ok_or("the state has no ids")?;
        for id in ids.iter().filter_map(Json::as_str) {
            writeln!(stdout, "{id}")?;
        }
    } else {
        writeln!(stdout, "{state:#}")?;
    }
    Ok(())
}

/// The calls of `terraform plan`, in its order.
async fn ask(client: &mut Client, query: &Query) -> Result<Json, Error> {
    report(client.validate_provider(&query.provider_config).await?)?;
    report(client.configure(&query.provider_config).await?)?;
    report(client.validate(&query.type_name, &query.config).await?)?;
    let read = client.read(&query.type_name, &query.config).await?;
    report(read.diagnostics.clone())?;
    read.json()
}

/// Shows warnings; errors end the run.
fn report(diagnostics: Vec<Diagnostic>) -> Result<(), Error> {
    let (errors, warnings): (Vec<_>, Vec<_>) =
        diagnostics.into_iter().partition(|diagnostic| diagnostic.error);
    for warning in warnings {
        writeln!(io::stderr(), "{warning}")?;
    }
    if errors.is_empty() {
        return Ok(());
    }
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    Err(texts.join("\n\n").into())
}

fn parse() -> Result<Query, Error> {
    let mut arguments = lexopt::Parser::from_env();
    let (mut provider, mut type_name) = (None, None);
    let (mut provider_config, mut config, mut ids_only) = (json!({}), json!({}), false);
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("provider") => provider = Some(arguments.value()?.into()),
            Arg::Long("type") => type_name = Some(arguments.value()?.string()?),
            Arg::Long("provider-config") => {
                provider_config = serde_json::from_str(&arguments.value()?.string()?)?;
            }
            Arg::Long("config") => config = serde_json::from_str(&arguments.value()?.string()?)?,
            Arg::Long("ids") => ids_only = true,
            _ => return Err(USAGE.into()),
        }
    }
    Ok(Query {
        provider: provider.ok_or(USAGE)?,
        type_name: type_name.ok_or(USAGE)?,
        provider_config,
        config,
        ids_only,
    })
}
