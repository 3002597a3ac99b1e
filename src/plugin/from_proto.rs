//! Protobuf to our model. Total: nothing here decides anything.

/// The conversions from the messages of the module `$proto`.
macro_rules! from_proto {
    ($proto:ident) => {
        impl From<$proto::DynamicValue> for crate::wire::DynamicValue {
            fn from(value: $proto::DynamicValue) -> Self {
                Self { msgpack: value.msgpack, json: value.json }
            }
        }

        /// A value that may be absent, which is null.
        fn value(value: Option<$proto::DynamicValue>) -> crate::wire::DynamicValue {
            value.map(Into::into).unwrap_or_default()
        }

        /// Whether the client accepts a deferred answer.
        fn deferral_allowed(capabilities: Option<$proto::ClientCapabilities>) -> bool {
            capabilities.is_some_and(|capabilities| capabilities.deferral_allowed)
        }
    };
}

pub(super) use from_proto;
