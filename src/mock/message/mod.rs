//! Messages: requests as received, and responses and errors before they are serialized.

mod answer;
mod refusal;
mod request;

pub(crate) use answer::{Format, Reply};
pub(crate) use refusal::Refusal;
pub(crate) use request::{
    Connection, OF_EVERY_CALL, Page, Request, Scheme, is_numbered, is_of_every_call,
};
