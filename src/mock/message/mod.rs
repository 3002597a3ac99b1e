//! What travels: requests as they arrived, and answers and errors before they are written.

mod answer;
mod parameters;
mod refusal;
mod request;
mod xml;

pub(crate) use answer::{Format, Reply};
pub(crate) use parameters::{OF_EVERY_CALL, Page, is_numbered, is_of_every_call};
pub(crate) use refusal::Refusal;
pub(crate) use request::{Connection, Request, Scheme};
