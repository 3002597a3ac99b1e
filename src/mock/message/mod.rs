//! What travels: requests as they arrived, and answers and errors before they are written.

mod answer;
mod refusal;
mod request;

pub(crate) use answer::{Format, Reply};
pub(crate) use refusal::Refusal;
pub(crate) use request::{
    Connection, OF_EVERY_CALL, Page, Request, Scheme, is_numbered, is_of_every_call,
};
