//! The ECS endpoint for tests: reads the arguments, prints one ready line, and serves until a signal or, for `run`,
//! until the command ends.

use std::{
    env,
    error::Error,
    ffi::OsString,
    fs::OpenOptions,
    io::{self, BufWriter, ErrorKind, Write},
    path::{Path, PathBuf},
    process::{ExitCode, ExitStatus},
};

use terraform_provider_alicloud::{
    ctx::{Files, system::System},
    mock::{
        Config, Recording, Server, Signal, Signals, VERSION, check_health,
        cli::{self, CLEARED, Command, HELP, Target},
    },
    text::without_os_codes,
};
use tokio::{
    process::Child,
    runtime::{Builder, Runtime},
};

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
    let _ = writeln!(io::stderr(), "{}", without_os_codes(text));
}

fn run() -> Result<ExitCode, Box<dyn Error>> {
    let mut stdout = io::stdout();
    match cli::parse(env::args_os().skip(1), &System)? {
        Command::Help => stdout.write_all(HELP.as_bytes())?,
        Command::Version => writeln!(stdout, "mock-ecs {VERSION}")?,
        Command::Env { target, shell } => {
            stdout.write_all(target.lines(shell, &System).as_bytes())?
        }
        Command::Health { url } => {
            // Container engines treat status 1 as "unhealthy".
            if let Err(error) = runtime()?.block_on(check_health(&url)) {
                report(&error);
                return Ok(ExitCode::FAILURE);
            }
        }
        Command::Serve { config, certificate, record } => {
            return serve(recorded(*config, record)?, certificate);
        }
        Command::Run { config, certificate, record, command, region } => {
            return run_command(recorded(*config, record)?, certificate, &command, region);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Adds a recording to a file, which is replaced, to the configuration.
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
fn serve(config: Config, certificate: Option<PathBuf>) -> Result<ExitCode, Box<dyn Error>> {
    let recording = config.record.clone();
    runtime()?.block_on(async {
        let mut signals = Signals::watch()?;
        let server = Server::start(config)?;
        if let Some(path) = write_certificate(&server, certificate).await? {
            writeln!(io::stderr(), "mock-ecs certificate: {}", path.display())?;
        }
        writeln!(io::stdout(), "mock-ecs listening on {}", server.url())?;
        signals.next().await;
        Ok(if has_gone_as_wanted(&server, recording) {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    })
}

/// Writes the certificate of a server that created one; returns the path.
async fn write_certificate(server: &Server, path: Option<PathBuf>) -> io::Result<Option<PathBuf>> {
    let Some(pem) = server.certificate() else { return Ok(None) };
    let name = format!("mock-ecs-{}.pem", server.address().port());
    let path = path.unwrap_or_else(|| env::temp_dir().join(name));
    System.replace(&path, pem.as_bytes().to_vec()).await?;
    Ok(Some(path))
}

/// Whether the calls match the scenario that was played back, and the recorded scenario is complete; reports any
/// problem.
fn has_gone_as_wanted(server: &Server, recording: Option<Recording>) -> bool {
    let mismatches = server.mismatches();
    if !mismatches.is_empty() {
        report(&io::Error::other(mismatches.to_string()));
    }
    let failure = recording.and_then(|recording| recording.take_error());
    if let Some(cause) = &failure {
        report(&io::Error::other(format!("the scenario is not complete: {cause}")));
    }
    mismatches.is_empty() && failure.is_none()
}

/// Warns if a file in this folder has endpoints that override those of variables.
fn warn_of_endpoints_file() {
    if Path::new("endpoints.xml").is_file() {
        let text =
            "the provider prefers the endpoints of endpoints.xml in this folder to the mock's";
        report(&io::Error::other(text));
    }
}

/// Serves while a command runs, and ends with its status. As in shells, the status is 127 if there
/// is no such program, 126 if it cannot be started, and 128 plus the signal if a signal terminated
/// it.
fn run_command(
    config: Config,
    certificate: Option<PathBuf>,
    command: &[OsString],
    region: String,
) -> Result<ExitCode, Box<dyn Error>> {
    let account = config.accounts.first().ok_or("there is no account")?;
    let (access_key, secret_key) = (account.access_key.clone(), account.secret_key.clone());
    let temporary = config.tls && certificate.is_none();
    let recording = config.record.clone();
    let (program, arguments) = command.split_first().ok_or("there is no command")?;
    runtime()?.block_on(async {
        let mut signals = Signals::watch()?;
        let server = Server::start(config)?;
        let certificate = write_certificate(&server, certificate).await?;
        let target = Target {
            url: server.local_url(),
            access_key,
            secret_key: secret_key.expose().to_owned(),
            region,
            certificate: certificate.as_ref().map(|path| path.display().to_string()),
        };
        warn_of_endpoints_file();
        let mut command = tokio::process::Command::new(program);
        command.args(arguments).envs(target.variables(&System)).kill_on_drop(true);
        for name in CLEARED {
            command.env_remove(name);
        }
        let ended = match command.spawn() {
            Ok(mut child) => Ok(end_of(&mut child, &mut signals).await?),
            Err(error) => Err(error),
        };
        if let Some(path) = certificate.filter(|_| temporary) {
            // It does no harm if the file stays in the temporary folder.
            let _ = std::fs::remove_file(path);
        }
        let as_wanted = has_gone_as_wanted(&server, recording);
        Ok(match ended {
            Ok(status) if status.success() && !as_wanted => ExitCode::FAILURE,
            Ok(status) => exit_code(status),
            Err(error) => {
                let program = program.display();
                report(&io::Error::new(error.kind(), format!("cannot run {program}: {error}")));
                ExitCode::from(if error.kind() == ErrorKind::NotFound { 127 } else { 126 })
            }
        })
    })
}

/// Waits for the end of a command, and forwards the signals that it would not get otherwise; the terminal sends an
/// interrupt to the command too. There is no limit to how long the command takes to end after a signal.
async fn end_of(child: &mut Child, signals: &mut Signals) -> io::Result<ExitStatus> {
    loop {
        tokio::select! {
            ended = child.wait() => return ended,
            signal = signals.next() => {
                if signal == Signal::Terminate {
                    terminate(child);
                }
            }
        }
    }
}

/// Sends SIGTERM to a command. An error means that it has already ended.
#[cfg(unix)]
fn terminate(child: &Child) {
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(id) = id.and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
    }
}

/// Windows has no such signal for a single process.
#[cfg(windows)]
fn terminate(_: &Child) {}

fn exit_code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return ExitCode::from(128_u8.saturating_add(u8::try_from(signal).unwrap_or(0)));
    }
    let code = status.code().and_then(|code| u8::try_from(code & 0xff).ok());
    ExitCode::from(code.unwrap_or(1))
}
