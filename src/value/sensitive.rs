//! Values that hold secrets.

use std::sync::Arc;

use zeroize::Zeroize;

use super::Value;

/// A value with secrets in it, such as the `provider` block with its access key.
///
/// It has no `Debug`, so it cannot slip into a log, and its texts are overwritten when it is dropped.
/// A text that somebody else still shares is left alone: whoever took it out answers for it.
pub struct Sensitive(Value);

impl Sensitive {
    /// The value itself, for the code that reads its parts.
    pub fn expose(&self) -> &Value {
        &self.0
    }
}

impl From<Value> for Sensitive {
    fn from(value: Value) -> Self {
        Self(value)
    }
}

impl Drop for Sensitive {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::Unknown(_) => {}
        Value::Dynamic(typed) => wipe(&mut typed.1),
        Value::List(elements) | Value::Set(elements) | Value::Tuple(elements) => {
            elements.iter_mut().for_each(wipe);
        }
        Value::Map(elements) => elements.values_mut().for_each(wipe),
        Value::Object(object) => object.values.iter_mut().for_each(wipe),
        Value::String(text) => {
            if let Some(text) = Arc::get_mut(text) {
                text.zeroize();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_overwritten_at_every_depth() {
        let mut value = Value::object([
            ("a", Value::from("secret")),
            ("b", Value::Set(vec![Value::object([("c", Value::from("secret"))])])),
            ("d", Value::Map([("key".into(), Value::from("secret"))].into())),
        ]);
        wipe(&mut value);
        let wiped = format!("{value:?}");
        assert!(!wiped.contains("secret"), "{wiped}");
        assert_eq!(value.attribute("a").as_str(), Some("\0\0\0\0\0\0"));
    }

    #[test]
    fn a_text_that_is_still_shared_stays() {
        let shared = Value::from("shared");
        drop(Sensitive::from(shared.clone()));
        assert_eq!(shared.as_str(), Some("shared"));
    }
}
