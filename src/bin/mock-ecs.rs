//! The ECS endpoint for tests: arguments in, one ready line out, then it serves until a signal or, for
//! `run`, until the command ends.

use std::{
    env,
    error::Error,
    ffi::OsString,
    fs::OpenOptions,
    io::{self, BufWriter, ErrorKind, Write},
    path::PathBuf,
    process::{ExitCode, ExitStatus},
    time::Duration,
};

use terraform_provider_alicloud::{
    ctx::{Files, system::System},
    mock::{
        Config, Recording, Server, VERSION, check_health,
        cli::{self, CLEARED, Command, HELP, Target},
        stop_signal,
    },
};
use tokio::runtime::{Builder, Runtime};

/// How long a command may take to end after a signal, before it is killed.
const GRACE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        report(&*error);
        ExitCode::from(2)
    })
}

fn report(error: &dyn Error) {
    let mut text = format!("mock-ecs: {error}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    // If stderr is closed, the message cannot be delivered.
    let _ = writeln!(io::stderr(), "{text}");
}

fn run() -> Result<ExitCode, Box<dyn Error>> {
    let mut stdout = io::stdout();
    match cli::parse(env::args_os().skip(1), &System)? {
        Command::Help => stdout.write_all(HELP.as_bytes())?,
        Command::Version => writeln!(stdout, "mock-ecs {VERSION}")?,
        Command::Env { target, shell } => stdout.write_all(target.lines(shell).as_bytes())?,
        Command::Health { url } => {
            // 1 is the status for "unhealthy" that container engines know.
            if let Err(error) = runtime()?.block_on(check_health(&url)) {
                report(&error);
                return Ok(ExitCode::FAILURE);
            }
        }
        Command::Serve { config, certificate, record } => {
            serve(recorded(*config, record)?, certificate)?;
        }
        Command::Run { config, certificate, record, command, region } => {
            return run_command(recorded(*config, record)?, certificate, &command, region);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The configuration with a recording to a file, which is replaced.
fn recorded(config: Config, path: Option<PathBuf>) -> Result<Config, Box<dyn Error>> {
    let Some(path) = path else { return Ok(config) };
    let open = OpenOptions::new().write(true).create(true).truncate(true).open(&path);
    let file = open.map_err(|error| format!("{}: cannot be written: {error}", path.display()))?;
    Ok(Config { record: Some(Recording::new(BufWriter::new(file))), ..config })
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// Serves until a signal.
fn serve(config: Config, certificate: Option<PathBuf>) -> Result<(), Box<dyn Error>> {
    runtime()?.block_on(async {
        let stop = stop_signal()?;
        let server = Server::start(config)?;
        if let Some(path) = write_certificate(&server, certificate).await? {
            writeln!(io::stderr(), "mock-ecs certificate: {}", path.display())?;
        }
        writeln!(io::stdout(), "mock-ecs listening on {}", server.url())?;
        Ok(stop.await?)
    })
}

/// Writes the certificate of a server that made one; gives the path.
async fn write_certificate(server: &Server, path: Option<PathBuf>) -> io::Result<Option<PathBuf>> {
    let Some(pem) = server.certificate() else { return Ok(None) };
    let name = format!("mock-ecs-{}.pem", server.address().port());
    let path = path.unwrap_or_else(|| env::temp_dir().join(name));
    System.replace(&path, pem.as_bytes().to_vec()).await?;
    Ok(Some(path))
}

/// Serves while a command runs, and ends with its status: 127 where there is no such program, 126
/// where it cannot be started, and 128 and the signal where a signal ended it, as shells do.
fn run_command(
    config: Config,
    certificate: Option<PathBuf>,
    command: &[OsString],
    region: String,
) -> Result<ExitCode, Box<dyn Error>> {
    let account = config.accounts.first().ok_or("there is no account")?;
    let (access_key, secret_key) = (account.access_key.clone(), account.secret_key.clone());
    let temporary = config.tls && certificate.is_none();
    let (program, arguments) = command.split_first().ok_or("there is no command")?;
    runtime()?.block_on(async {
        let stop = stop_signal()?;
        let server = Server::start(config)?;
        let certificate = write_certificate(&server, certificate).await?;
        let target = Target {
            url: server.url().to_owned(),
            access_key,
            secret_key: secret_key.expose().to_owned(),
            region,
            certificate: certificate.as_ref().map(|path| path.display().to_string()),
        };
        let mut command = tokio::process::Command::new(program);
        command.args(arguments).envs(target.variables()).kill_on_drop(true);
        for name in CLEARED {
            command.env_remove(name);
        }
        let started = command.spawn();
        let ended = match started {
            Ok(mut child) => {
                let ended = tokio::select! {
                    ended = child.wait() => Some(ended?),
                    _ = stop => None,
                };
                match ended {
                    Some(status) => Ok(status),
                    // The terminal sends the signal to the command too.
                    None => match tokio::time::timeout(GRACE, child.wait()).await {
                        Ok(status) => Ok(status?),
                        Err(_) => {
                            child.kill().await?;
                            Ok(child.wait().await?)
                        }
                    },
                }
            }
            Err(error) => Err(error),
        };
        if let Some(path) = certificate.filter(|_| temporary) {
            // A file of the temporary folder does no harm if it stays.
            let _ = std::fs::remove_file(path);
        }
        let unplayed = server.unplayed();
        Ok(match ended {
            Ok(status) if status.success() && !unplayed.is_empty() => {
                let calls = unplayed.join("\n  ");
                report(&io::Error::other(format!("these calls did not arrive:\n  {calls}")));
                ExitCode::FAILURE
            }
            Ok(status) => exit_code(status),
            Err(error) => {
                let program = program.display();
                report(&io::Error::new(error.kind(), format!("cannot run {program}: {error}")));
                ExitCode::from(if error.kind() == ErrorKind::NotFound { 127 } else { 126 })
            }
        })
    })
}

fn exit_code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return ExitCode::from(128_u8.saturating_add(u8::try_from(signal).unwrap_or(0)));
    }
    let code = status.code().and_then(|code| u8::try_from(code & 0xff).ok());
    ExitCode::from(code.unwrap_or(1))
}
