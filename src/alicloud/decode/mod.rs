//! Reads the bodies of answers.
//!
//! An answer to DescribeImages is a JSON object with `Images` and `TotalCount`, and nothing else is:
//! an empty body, `{}`, `null`, an error object or a page of HTML is a failure, never "no images".
//! Within that, the reading is as tolerant as the service is loose (see `loose`); it passes over
//! the body once, without recursion on members that it does not know.

mod image;
mod loose;
mod refusal;
mod scalar;

use serde::de::MapAccess;

use self::loose::{Object, Reader};
use super::model::Image;
use crate::text::sanitize;
pub(crate) use refusal::{read_refusal, request_id};

/// The most images that a look-up may have. Under the quota of the service half as many can be read
/// in five minutes; a service that promises more would have us read until the time is over.
const MOST_IMAGES: u64 = 1_000_000;

/// One page of images.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The images, in the order of the API.
    pub(crate) images: Vec<Image>,
    /// How many images the look-up has over all pages.
    pub(crate) total_count: u64,
}

/// Why a body is not an answer.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// The body is not JSON to its end, as when something between us and the service cut it or put
    /// its own text in the place. Worth another try.
    #[error("{0}")]
    Broken(String),
    /// The body is whole JSON, but not an answer of this action. The service means what it says, so
    /// another try would bring the same.
    #[error("{reason}")]
    Foreign {
        /// What is wrong with it.
        reason: String,
        /// The request id, if there is one.
        request_id: Option<String>,
    },
    /// The body is an error (`Code`), although the status says otherwise.
    #[error("the body is an error")]
    Refused,
}

/// Reads an answer to DescribeImages.
///
/// # Errors
///
/// See [`Error`]; the reason names the place within the body.
pub(crate) fn read_page(body: &[u8]) -> Result<Page, Error> {
    let answer: Answer = read_object(body)?;
    let (Some(images), Some(total_count)) = (answer.images, answer.total_count) else {
        if !answer.code.is_empty() {
            return Err(Error::Refused);
        }
        return Err(Error::Foreign {
            reason: "the members Images and TotalCount are missing".into(),
            request_id: answer.request_id,
        });
    };
    // With its `Code` an error may have the members of an answer, all of them empty.
    if images.is_empty() && !["", "200", "OK", "Success"].contains(&&*answer.code) {
        return Err(Error::Refused);
    }
    let Ok(total_count) = u64::try_from(total_count) else {
        let reason = "TotalCount is negative".into();
        return Err(Error::Foreign { reason, request_id: answer.request_id });
    };
    if total_count > MOST_IMAGES {
        let reason = format!("TotalCount is {total_count}, more than can be read");
        return Err(Error::Foreign { reason, request_id: answer.request_id });
    }
    Ok(Page { images, total_count })
}

fn read_object<T: Object>(body: &[u8]) -> Result<T, Error> {
    let body = body.trim_ascii();
    match body {
        [] => return Err(Error::Broken("the body is empty".into())),
        [b'<', ..] => return Err(Error::Broken("the body is HTML or XML, not JSON".into())),
        _ => {}
    }
    let reader = Reader::default();
    let mut json = serde_json::Deserializer::from_slice(body);
    let object = reader.read(&mut json).and_then(|object| json.end().map(|()| object));
    object.map_err(|cause| explain(&cause, &reader.place()))
}

fn explain(cause: &serde_json::Error, place: &str) -> Error {
    let mut reason = sanitize(&without_quote(&cause.to_string()), 200);
    if !place.is_empty() {
        reason = format!("{place}: {reason}");
    }
    if cause.is_data() {
        return Error::Foreign { reason, request_id: None };
    }
    Error::Broken(format!("the body is not whole JSON: {reason}"))
}

/// The words of the JSON library without the text of the body that they quote: it may be a part of
/// our request, sent back.
fn without_quote(words: &str) -> String {
    let quoted =
        words.split_once('"').and_then(|(before, rest)| Some((before, rest.rsplit_once('"')?.1)));
    quoted
        .map_or_else(|| words.to_owned(), |(before, after)| format!("{}{after}", before.trim_end()))
}

/// The outermost object, whatever it turns out to be.
#[derive(Default)]
struct Answer {
    code: String,
    images: Option<Vec<Image>>,
    request_id: Option<String>,
    total_count: Option<i64>,
}

impl Object for Answer {
    fn read_member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        reader: &Reader,
        members: &mut A,
    ) -> Result<bool, A::Error> {
        match name {
            "Code" | "code" => self.code = reader.text("Code", members)?.raw().to_string(),
            "Images" => self.images = reader.list("Images", "Image", members)?,
            "RequestId" | "requestId" => {
                // Half of a longer text would be of no use to anybody.
                let id = reader.text("RequestId", members)?;
                self.request_id = (id.raw().len() <= 100).then(|| id.to_string());
            }
            "TotalCount" => self.total_count = reader.count("TotalCount", members)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
