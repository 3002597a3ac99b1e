//! The ECS endpoint for tests: arguments in, one ready line out, then it serves until a signal.

use std::{
    env,
    error::Error,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use terraform_provider_alicloud::{
    ctx::{Files, system::System},
    mock::{
        Config, Server, VERSION, check_health,
        cli::{self, Command, HELP},
        stop_signal,
    },
};
use tokio::runtime::{Builder, Runtime};

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            let mut text = format!("mock-ecs: {error}");
            let mut cause = error.source();
            while let Some(inner) = cause {
                text.push_str(&format!(": {inner}"));
                cause = inner.source();
            }
            // If stderr is closed, the message cannot be delivered.
            let _ = writeln!(io::stderr(), "{text}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<ExitCode, Box<dyn Error>> {
    match cli::parse(env::args_os().skip(1), &System)? {
        Command::Health { url } => return health(&url),
        Command::Help => io::stdout().write_all(HELP.as_bytes())?,
        Command::Version => writeln!(io::stdout(), "mock-ecs {VERSION}")?,
        Command::Serve { config, certificate } => serve(*config, certificate)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// The status says what was found, and 1 is the one for "unhealthy" that container engines know.
fn health(url: &str) -> Result<ExitCode, Box<dyn Error>> {
    let checked = runtime()?.block_on(check_health(url));
    Ok(match checked {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            writeln!(io::stderr(), "mock-ecs: {error}")?;
            ExitCode::FAILURE
        }
    })
}

fn serve(config: Config, certificate: Option<PathBuf>) -> Result<(), Box<dyn Error>> {
    runtime()?.block_on(async {
        let stop = stop_signal()?;
        let server = Server::start(config)?;
        if let Some(pem) = server.certificate() {
            let name = format!("mock-ecs-{}.pem", server.address().port());
            let path: PathBuf = certificate.unwrap_or_else(|| env::temp_dir().join(name));
            System.replace(&path, pem.as_bytes().to_vec()).await?;
            writeln!(io::stderr(), "mock-ecs certificate: {}", path.display())?;
        }
        writeln!(io::stdout(), "mock-ecs listening on {}", server.url())?;
        Ok(stop.await?)
    })
}
