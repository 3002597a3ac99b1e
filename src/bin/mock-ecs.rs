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
        Server, VERSION,
        cli::{self, Command, HELP},
        stop_signal,
    },
};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
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

fn run() -> Result<(), Box<dyn Error>> {
    let (config, certificate) = match cli::parse(env::args_os().skip(1), &System)? {
        Command::Help => return Ok(io::stdout().write_all(HELP.as_bytes())?),
        Command::Version => return Ok(writeln!(io::stdout(), "mock-ecs {VERSION}")?),
        Command::Serve { config, certificate } => (*config, certificate),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
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
