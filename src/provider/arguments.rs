//! The `provider` block being read: typed access, what is wrong in it, and what is not known yet.
//!
//! Each accessor records an argument that is not known yet, by the name under which the user knows
//! it: what matters is what is read.

use std::cell::RefCell;

use super::{INVALID_ARGUMENT, INVALID_VARIABLE};
use crate::{
    alicloud::variables::{Variable, first_set},
    ctx::Env,
    diag::{Diagnostic, Diagnostics},
    value::{AttributePath, Value},
};

/// A text that is configured, without white space around it, and where.
pub(super) struct Text {
    pub(super) text: String,
    origin: TextOrigin,
}

enum TextOrigin {
    Argument(&'static str),
    Variable(&'static str),
}

impl Text {
    /// `None` if it is empty.
    fn new(text: &str, origin: TextOrigin) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self { text: text.to_owned(), origin })
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// An error about a variable: its name, then `what`.
pub(super) fn invalid_variable(name: &str, what: &str) -> Diagnostic {
    INVALID_VARIABLE.diagnostic(format!("The environment variable {name} {what}"))
}

/// A `provider` block, or a block nested in it.
pub(super) struct Arguments<'a> {
    config: &'a Value,
    env: &'a dyn Env,
    path: AttributePath,
    unknown: &'a RefCell<Vec<String>>,
}

impl<'a> Arguments<'a> {
    /// The `provider` block. The arguments that are read and not known yet are added to `unknown`.
    pub(super) fn new(
        config: &'a Value,
        env: &'a dyn Env,
        unknown: &'a RefCell<Vec<String>>,
    ) -> Self {
        Self { config, env, path: AttributePath::default(), unknown }
    }

    /// The argument `name`; null where it is not known yet, which is recorded.
    fn value(&self, name: &'static str) -> &'a Value {
        let value =
            if self.config.is_unknown() { self.config } else { self.config.attribute(name) };
        if value.is_wholly_known() {
            return value;
        }
        self.record(name);
        &Value::Null
    }

    fn record(&self, name: &'static str) {
        let name = self.path.clone().child(name).to_string();
        let mut unknown = self.unknown.borrow_mut();
        if !unknown.contains(&name) {
            unknown.push(name);
        }
    }

    /// The nested blocks `name`, in their order. An element of a set has no path of its own.
    pub(super) fn blocks(&self, name: &'static str, in_set: bool) -> Vec<Self> {
        let path = self.path.clone().child(name);
        let blocks = self.config.attribute(name);
        if blocks.is_unknown() {
            // A `dynamic` block makes them.
            self.record(name);
        }
        let blocks = blocks.as_elements().unwrap_or_default();
        blocks
            .iter()
            .zip(0..)
            .map(|(config, index)| {
                let path = if in_set { path.clone() } else { path.clone().index(index) };
                Self { config, env: self.env, path, unknown: self.unknown }
            })
            .collect()
    }

    /// The text of an argument, be it empty; `None` where it is not given or not known.
    pub(super) fn text(&self, name: &'static str) -> Option<String> {
        self.value(name).as_str().map(str::to_owned)
    }

    /// A switch; off where it is not given or not known.
    pub(super) fn flag(&self, name: &'static str) -> bool {
        self.value(name).as_bool().unwrap_or_default()
    }

    /// The text of an argument without the white space around it, or else of the first variable
    /// that is set. An argument that is given but empty keeps the variables out.
    pub(super) fn text_or_variable(&self, name: &'static str, variable: Variable) -> Option<Text> {
        let value = self.value(name);
        if value.is_null() {
            return self.variable(variable);
        }
        Text::new(value.as_str()?, TextOrigin::Argument(name))
    }

    /// The text of a variable.
    pub(super) fn variable(&self, variable: Variable) -> Option<Text> {
        let (name, text) = first_set(self.env, variable)?;
        Text::new(&text, TextOrigin::Variable(name))
    }

    /// A whole number from 0 of an argument or else of a variable; `None` where it is not given, not
    /// known, or wrong, which is then reported.
    pub(super) fn number(
        &self,
        name: &'static str,
        variable: Option<Variable>,
        diagnostics: &mut Diagnostics,
    ) -> Option<u64> {
        let value = self.value(name);
        if let Some(number) = value.as_number() {
            let number = number.as_i64().and_then(|number| u64::try_from(number).ok());
            if number.is_none() {
                diagnostics.push(self.error(name, "must be a whole number, 0 or more.".into()));
            }
            return number;
        }
        let (variable, text) = first_set(self.env, variable.filter(|_| value.is_null())?)?;
        let number = text.trim().parse().ok();
        if number.is_none() {
            diagnostics.push(invalid_variable(variable, "must be a whole number, 0 or more."));
        }
        number
    }

    /// An error about a text, at the argument or the variable that has it: its name, then `what`.
    pub(super) fn error_of(&self, text: &Text, what: String) -> Diagnostic {
        match text.origin {
            TextOrigin::Argument(name) => self.error(name, what),
            TextOrigin::Variable(name) => invalid_variable(name, &what),
        }
    }

    /// An error about one argument: its name, then `what`.
    pub(super) fn error(&self, name: &'static str, what: String) -> Diagnostic {
        let path = self.path.clone().child(name);
        INVALID_ARGUMENT.diagnostic(format!("The provider argument {path} {what}")).at(path)
    }
}
