//! One line for each RPC of a protocol version, so that `v5` and `v6` read as lists.
//!
//! Each macro writes one method of the generated trait of the module `proto` at the place of use.
//! The signatures are those that `tonic::async_trait` gives to the trait's methods.

/// The future of an answer.
pub(super) type Answering<'a, T> =
    futures_util::future::BoxFuture<'a, Result<tonic::Response<T>, tonic::Status>>;

/// An RPC that does something: its name, the module of its messages, and the answer.
macro_rules! answer {
    ($rpc:ident, $module:ident, |$service:ident, $request:pat_param| $answer:expr) => {
        fn $rpc<'s, 'f>(
            &'s self,
            request: tonic::Request<proto::$module::Request>,
        ) -> Answering<'f, proto::$module::Response>
        where
            's: 'f,
            Self: 'f,
        {
            let $service = self;
            Box::pin(async move {
                let $request = request.into_inner();
                Ok(tonic::Response::new($answer))
            })
        }
    };
}

/// An RPC about something that the provider has none of; its answer has diagnostics.
macro_rules! unsupported {
    ($rpc:ident, $module:ident, $what:literal) => {
        unsupported!($rpc, tonic::Request<proto::$module::Request>, $module, $what);
    };
    ($rpc:ident, $request:ty, $module:ident, $what:literal) => {
        #[allow(clippy::needless_update, reason = "many answers have diagnostics and no more")]
        fn $rpc<'s, 'f>(&'s self, _: $request) -> Answering<'f, proto::$module::Response>
        where
            's: 'f,
            Self: 'f,
        {
            Box::pin(async move {
                let diagnostics = messages(self.unsupported(stringify!($rpc), $what).await);
                Ok(tonic::Response::new(proto::$module::Response {
                    diagnostics,
                    ..Default::default()
                }))
            })
        }
    };
}

/// The same for an RPC that answers with a stream: one event made from the diagnostics, then the end.
macro_rules! unsupported_stream {
    ($rpc:ident, $module:ident :: $event:ident, $what:literal, |$diagnostics:ident| $events:expr) => {
        fn $rpc<'s, 'f>(
            &'s self,
            _: tonic::Request<proto::$module::Request>,
        ) -> Answering<'f, tonic::codegen::BoxStream<proto::$module::$event>>
        where
            's: 'f,
            Self: 'f,
        {
            Box::pin(async move {
                let $diagnostics = messages(self.unsupported(stringify!($rpc), $what).await);
                let events = futures_util::stream::iter($events).map(Ok);
                Ok(tonic::Response::new(Box::pin(events) as tonic::codegen::BoxStream<_>))
            })
        }
    };
}

pub(super) use {answer, unsupported, unsupported_stream};
