//! A read: decodes the block, reads the data source, encodes the state.

use std::sync::Arc;

use bytes::Bytes;

use super::{super::MESSAGE_LIMIT, RpcSession, decode, panicked};
use crate::{
    contract::{Deferred, ReadRequest},
    diag::{Diagnostic, Diagnostics, messages},
    value::{Kind, Value},
    wire::{DynamicValue, msgpack},
};

messages! {
    Result {
        TOO_LARGE: Error "The result is too large",
            "The state of one data block is larger than a message of the protocol can be.",
            "Narrow the query, or set `limit`.";
    }
    Defect {
        NO_STATE: Error "The read returned no state",
            "A bug.",
            "Report it.";
        UNFIT_STATE: Error "The state does not fit the schema",
            "A bug.",
            "Report it.";
    }
}

/// The name that logs and diagnostics use.
const RPC: &str = "ReadDataSource";

/// A state of at least this size, in bytes, is encoded on another thread, so that it does not delay other calls.
const LARGE: usize = 64 << 10;

/// The largest state that is sent, in bytes: the message limit minus some space for diagnostics.
const LARGEST: usize = MESSAGE_LIMIT - (1 << 20);

/// The result of a read.
#[derive(Default)]
pub(crate) struct ReadResult {
    /// The state in msgpack.
    pub(crate) state: Option<Bytes>,
    pub(crate) deferred: Option<Deferred>,
    pub(crate) diagnostics: Diagnostics,
}

impl RpcSession {
    pub(crate) async fn read_data_source(
        &self,
        type_name: String,
        config: DynamicValue,
        deferral_allowed: bool,
    ) -> ReadResult {
        let work = async {
            let source = self.data_source(&type_name)?;
            let config = decode(&config, source.kind())?;
            let response = source.data_source.read(ReadRequest { config, deferral_allowed }).await;
            let mut diagnostics = response.diagnostics;
            let state = match (response.state, response.deferred) {
                _ if diagnostics.has_errors() => None,
                (state, Some(_)) => Some(state.unwrap_or(Value::UNKNOWN)),
                (Some(state), None) => Some(state),
                (None, None) => {
                    diagnostics.push(NO_STATE.diagnostic(
                        "The data source reported neither a state nor an error. This is a bug in \
                         the provider; please report it.",
                    ));
                    None
                }
            };
            let state = match state {
                Some(state) => Some(encode(state, source.kind()).await?),
                None => None,
            };
            Ok(ReadResult { state, deferred: response.deferred, diagnostics })
        };
        self.observe(RPC, Some(&type_name), work).await
    }
}

/// Encodes the state and frees it, so that only the bytes stay in memory.
async fn encode(state: Value, kind: &Arc<Kind>) -> Result<Bytes, Diagnostic> {
    let encoded = if msgpack::upper_bound(&state, kind) < LARGE {
        DynamicValue::encode(&state, kind)
    } else {
        let kind = Arc::clone(kind);
        tokio::task::spawn_blocking(move || DynamicValue::encode(&state, &kind))
            .await
            .map_err(|_| panicked(RPC))?
    };
    let encoded = encoded.map_err(|error| {
        UNFIT_STATE.diagnostic(format!("{error}. This is a bug in the provider; please report it."))
    })?;
    let state = encoded.msgpack;
    if state.len() > LARGEST {
        return Err(TOO_LARGE.diagnostic(format!(
            "It has {} MiB; at most {} MiB can be returned. Narrow the query.",
            state.len() >> 20,
            LARGEST >> 20
        )));
    }
    Ok(state)
}
