//! A proxy between the provider and the mock. It records every request and response, and can return
//! its own responses, which repeat parts of the request.

use std::{
    io::{self, BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use percent_encoding::percent_decode_str;
use serde_json::{Value as Json, json};

use crate::support::canary::Canary;

/// The part of a request that a response repeats.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    Body,
    Headers,
    Query,
    QueryDecoded,
}

/// How a response repeats the part.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answer {
    Code,
    /// A body that is not a valid response, so the request is retried until the deadline.
    Garbage,
    Html,
    Images,
    Json,
    Message,
    NotHttp,
    Redirect,
    RequestId,
    RequestIdHeader,
    /// The same, and the body ends too early.
    RequestIdHeaderCut,
    Reset,
    Xml,
}

/// The service whose responses the tap replaces.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Service {
    Ecs,
    /// A service that returns credentials.
    Issuer,
}

/// A manipulated response, which the tap returns instead of relaying a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lie {
    pub(super) service: Service,
    pub(super) answer: Answer,
    pub(super) part: Part,
}

#[derive(Default)]
struct State {
    lie: Mutex<Option<Lie>>,
    lies: Mutex<u32>,
    seen: Mutex<Vec<(String, String)>>,
    ended: AtomicBool,
}

/// A running tap.
pub(super) struct Tap {
    address: SocketAddr,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

impl Tap {
    /// Starts a tap that relays requests to `mock`.
    pub(super) fn start(mock: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let of_thread = state.clone();
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if of_thread.ended.load(Ordering::Relaxed) {
                    return;
                }
                let (stream, state) = (stream.unwrap(), of_thread.clone());
                // The client may close the connection in the middle of a request.
                thread::spawn(move || drop(serve(stream, mock, &state)));
            }
        });
        Self { address, state, thread: Some(thread) }
    }

    pub(super) fn host(&self) -> String {
        self.address.to_string()
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on sends manipulated responses, or relays everything.
    pub(super) fn lie(&self, lie: Option<Lie>) {
        *self.state.lie.lock().unwrap() = lie;
    }

    /// How many manipulated responses it returned.
    pub(super) fn lies(&self) -> u32 {
        *self.state.lies.lock().unwrap()
    }

    /// The signatures that were sent, and the credentials that were issued.
    pub(super) fn secrets(&self) -> Vec<Canary> {
        let mut secrets = Vec::new();
        for (request, answer) in self.state.seen.lock().unwrap().iter() {
            let signatures = request.split("Signature=").skip(1);
            for signature in signatures.filter_map(|rest| rest.split(['&', ' ', '\r', '"']).next())
            {
                let decoded = percent_decode_str(signature).decode_utf8_lossy().into_owned();
                secrets.push(Canary::sent("signature", decoded));
            }
            let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
            let body: Json = serde_json::from_str(body).unwrap_or_default();
            for issued in [&body, &body["Credentials"]] {
                for name in ["AccessKeyId", "AccessKeySecret", "SecurityToken"] {
                    let text = issued[name].as_str();
                    secrets.extend(text.map(|text| Canary::new(format!("issued {name}"), text)));
                }
            }
        }
        secrets.sort();
        secrets.dedup();
        secrets
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.state.ended.store(true, Ordering::Relaxed);
        // Wakes the thread, which then sees the flag.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

fn serve(mut client: TcpStream, mock: SocketAddr, state: &State) -> io::Result<()> {
    let mut requests = BufReader::new(client.try_clone()?);
    while let Some(request) = read_message(&mut requests)? {
        let lie = *state.lie.lock().unwrap();
        let answer = match lie.filter(|lie| lie.service == service(&request)) {
            Some(lie) => {
                *state.lies.lock().unwrap() += 1;
                let Some(answer) = invent(lie, &request) else {
                    state.seen.lock().unwrap().push((request, String::new()));
                    return Ok(());
                };
                answer
            }
            None => {
                let mut mock = TcpStream::connect(mock)?;
                mock.write_all(request.as_bytes())?;
                read_message(&mut BufReader::new(mock))?.unwrap_or_default()
            }
        };
        client.write_all(answer.as_bytes())?;
        state.seen.lock().unwrap().push((request, answer));
    }
    Ok(())
}

/// A complete request or response; `None` at the end of the connection.
fn read_message(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut message = String::new();
    let mut length = 0;
    while !message.ends_with("\r\n\r\n") {
        let begin = message.len();
        if from.read_line(&mut message)? == 0 {
            return Ok(None);
        }
        let line = message[begin..].to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    message.push_str(&String::from_utf8_lossy(&body));
    Ok(Some(message))
}

fn service(request: &str) -> Service {
    if request.contains("DescribeImages") { Service::Ecs } else { Service::Issuer }
}

/// The response that repeats a part of `request`; `None` for the end of the connection.
fn invent(lie: Lie, request: &str) -> Option<String> {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let (line, headers) = head.split_once("\r\n").unwrap();
    let query = line.split_once('?').map_or(line, |(_, query)| query);
    let echo = match lie.part {
        Part::Body => body.to_owned(),
        Part::Headers => headers.replace("\r\n", " "),
        Part::Query => query.to_owned(),
        Part::QueryDecoded => percent_decode_str(query).decode_utf8_lossy().into_owned(),
    };
    let json = |status: u16, body: &Json| whole(status, "application/json", "", &body.to_string());
    Some(match lie.answer {
        Answer::Code => json(400, &json!({ "Code": echo, "Message": "no", "RequestId": "R" })),
        Answer::Garbage => whole(200, "text/plain", "", &echo),
        Answer::Html => whole(403, "text/html", "", &format!("<html>{echo}</html>")),
        Answer::Images => json(
            200,
            &json!({
                "Images": echo, "TotalCount": echo, "Credentials": echo, "Code": echo, "Expiration": echo,
            }),
        ),
        Answer::Json => json(200, &json!(echo)),
        Answer::Message => json(
            403,
            &json!({
                "Code": "Forbidden.RAM", "Message": echo, "RequestId": "R",
                "AccessDeniedDetail": { "AuthAction": echo, "AuthPrincipalDisplayName": echo },
            }),
        ),
        Answer::NotHttp => format!("{echo}\r\n\r\n"),
        Answer::Redirect => {
            whole(302, "text/html", &format!("Location: http://127.0.0.1:1/?{echo}\r\n"), &echo)
        }
        Answer::RequestId => json(200, &json!({ "RequestId": echo, "requestId": echo })),
        Answer::RequestIdHeader => {
            whole(400, "text/plain", &format!("x-acs-request-id: {echo}\r\n"), "")
        }
        Answer::RequestIdHeaderCut => {
            format!("HTTP/1.1 200 OK\r\nx-acs-request-id: {echo}\r\nContent-Length: 99\r\n\r\n{{")
        }
        Answer::Reset => return None,
        Answer::Xml => {
            let body = format!(
                "<Error><Code>Odd</Code><Message>{}</Message><RequestId>R</RequestId></Error>",
                echo.replace('&', "&amp;").replace('<', "&lt;")
            );
            whole(400, "text/xml", "", &body)
        }
    })
}

fn whole(status: u16, kind: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} Odd\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}
