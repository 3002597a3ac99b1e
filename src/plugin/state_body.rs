//! The body of a response that has a state.
//!
//! tonic encodes a message into one buffer, so a state is in memory twice while it is sent. The state of 100,000 images
//! has 100 MiB, and that copy would be the peak of the process. So an RPC attaches the state to its response instead,
//! and the server then writes the message in parts, the state uncopied.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body_util::StreamBody;
use hyper::body::Frame;
use prost::Message;
use tonic::{Response, body::Body};

/// The number of the state among the fields of a response, and of the msgpack among those of a state: the first.
const FIRST: u8 = 1;

/// A message with a state: the msgpack of the state, and the encoding of everything else.
#[derive(Clone)]
struct StateParts {
    state: Bytes,
    rest: Bytes,
}

/// A response with this state; the message `rest` has the other fields.
///
/// The state must be field 1 of the message, with the msgpack as its field 1. The response is complete only after
/// [`write()`].
pub(super) fn attach<M: Message + Default>(state: Bytes, rest: &M) -> Response<M> {
    let mut response = Response::new(M::default());
    let rest = rest.encode_to_vec().into();
    response.extensions_mut().insert(StateParts { state, rest });
    response
}

/// Replaces the body if a state is attached to the response.
pub(super) fn write(mut response: http::Response<Body>) -> http::Response<Body> {
    match response.extensions_mut().remove::<StateParts>() {
        Some(parts) => response.map(|_| Body::new(StreamBody::new(stream::iter(parts.frames())))),
        None => response,
    }
}

/// What precedes the content of a length-delimited field of protobuf, with a number below 16.
pub(super) fn field_start(number: u8, length: usize) -> Vec<u8> {
    const LENGTH_DELIMITED: u8 = 2;
    let mut start = vec![number << 3 | LENGTH_DELIMITED];
    // Encoding fails only without capacity, and a `Vec` grows.
    let _ = prost::encode_length_delimiter(length, &mut start);
    start
}

impl StateParts {
    /// The frames of the body: one gRPC message, and the status, which is 0 for success.
    fn frames(self) -> impl Iterator<Item = Result<Frame<Bytes>, Infallible>> {
        let status = [(HeaderName::from_static("grpc-status"), HeaderValue::from_static("0"))];
        let status = Frame::trailers(HeaderMap::from_iter(status));
        let parts = [self.head(), self.state, self.rest].into_iter();
        // An empty frame would only cost.
        let parts = parts.filter(|part| !part.is_empty()).map(Frame::data);
        parts.chain([status]).map(Ok)
    }

    /// Everything before the content of the state.
    fn head(&self) -> Bytes {
        let msgpack = field_start(FIRST, self.state.len());
        let state = field_start(FIRST, msgpack.len() + self.state.len());
        let length = state.len() + msgpack.len() + self.state.len() + self.rest.len();
        // A message is not compressed (0), and has at most 256 MiB.
        let length = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
        [&[0], &length[..], &state, &msgpack].concat().into()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    /// The bytes that tonic would send, and those of the parts.
    macro_rules! bodies {
        ($proto:ident, $state:expr) => {{
            use crate::wire::proto::$proto as proto;
            let rest = proto::read_data_source::Response {
                state: None,
                diagnostics: vec![proto::Diagnostic {
                    detail: "text".into(),
                    ..Default::default()
                }],
                deferred: Some(proto::Deferred { reason: 2 }),
            };
            let state = proto::DynamicValue { msgpack: $state.clone(), json: Bytes::new() };
            let whole = proto::read_data_source::Response { state: Some(state), ..rest.clone() };
            let message = whole.encode_to_vec();
            let length = u32::try_from(message.len()).unwrap().to_be_bytes();
            ([&[0], &length[..], &message].concat(), attach($state.clone(), &rest))
        }};
    }

    async fn collected<T>(response: Response<T>) -> (Vec<u8>, HeaderMap) {
        let response = response.map(|_| ());
        let mut attached = http::Response::new(Body::empty());
        *attached.extensions_mut() = response.into_parts().2;
        let body = write(attached).into_body().collect().await.unwrap();
        let trailers = body.trailers().cloned().unwrap();
        (body.to_bytes().to_vec(), trailers)
    }

    #[tokio::test]
    async fn the_parts_are_the_message() {
        for length in [1, 120, 127, 128, 300, 16_384, 100_000, 3_000_000] {
            let state = Bytes::from(vec![7; length]);
            let (expected, response) = bodies!(tfplugin5, state);
            let (body, status) = collected(response).await;
            assert!(body == expected, "protocol 5, {length}");
            assert_eq!(status["grpc-status"], "0");
            let (expected, response) = bodies!(tfplugin6, state);
            assert!(collected(response).await.0 == expected, "protocol 6, {length}");
        }
    }

    #[test]
    fn the_state_is_not_copied() {
        let state = Bytes::from(vec![7; 1000]);
        let parts = StateParts { state: state.clone(), rest: Bytes::from_static(b"rest") };
        let data = parts.frames().filter_map(|frame| frame.unwrap().into_data().ok());
        assert!(data.map(|data| data.as_ptr()).any(|start| start == state.as_ptr()));
    }

    #[tokio::test]
    async fn a_response_without_a_state_is_not_changed() {
        let response = write(http::Response::new(Body::new("body".to_owned())));
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "body");
    }
}
