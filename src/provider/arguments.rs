//! The `provider` block under examination: typed access, and what is wrong or not known in it.

use super::INVALID_ARGUMENT;
use crate::{
    alicloud::variables::first_set,
    ctx::Env,
    diag::{Diagnostic, Diagnostics},
    value::{AttributePath, Value},
};

/// A `provider` block, or a block nested in it.
pub(super) struct Arguments<'a> {
    config: &'a Value,
    env: &'a dyn Env,
    path: AttributePath,
}

impl<'a> Arguments<'a> {
    /// The `provider` block.
    pub(super) fn new(config: &'a Value, env: &'a dyn Env) -> Self {
        Self { config, env, path: AttributePath::default() }
    }

    /// The nested blocks `name`, in their order. An element of a set has no path of its own.
    pub(super) fn blocks(&self, name: &'static str, in_set: bool) -> Vec<Self> {
        let path = self.path.clone().child(name);
        let blocks = self.config.attribute(name).as_elements().unwrap_or_default();
        blocks
            .iter()
            .zip(0..)
            .map(|(config, index)| {
                let path = if in_set { path.clone() } else { path.clone().index(index) };
                Self { config, env: self.env, path }
            })
            .collect()
    }

    /// The text of an argument, be it empty; `None` where it is not given or not known.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.config.attribute(name).as_str().map(str::to_owned)
    }

    /// The text of an argument without the white space around it, or else of the first variable
    /// that is set. An argument that is given but empty keeps the variables out.
    pub(super) fn text_or_variable(&self, name: &str, variables: &[&str]) -> Option<String> {
        let text = match self.config.attribute(name) {
            Value::Null => first_set(self.env, variables).map(|(_, value)| value),
            value => value.as_str().map(str::to_owned),
        };
        text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// A whole number from 0 of an argument or else of a variable; `None` where it is not given, not
    /// known, or wrong, which is then said.
    pub(super) fn number(
        &self,
        name: &'static str,
        variables: &[&str],
        diagnostics: &mut Diagnostics,
    ) -> Option<u64> {
        let value = self.config.attribute(name);
        if let Some(number) = value.as_number() {
            let number = number.as_i64().and_then(|number| u64::try_from(number).ok());
            if number.is_none() {
                diagnostics.push(self.error(name, "is not a whole number from 0.".into()));
            }
            return number;
        }
        let (variable, text) = value.is_null().then(|| first_set(self.env, variables))??;
        let number = text.trim().parse().ok();
        if number.is_none() {
            diagnostics.push(INVALID_ARGUMENT.diagnostic(format!(
                "The environment variable {variable} is not a whole number from 0."
            )));
        }
        number
    }

    /// The names, with their place, of those of the arguments that are not known yet.
    pub(super) fn unknown(&self, names: &[&'static str]) -> Vec<String> {
        names
            .iter()
            .filter(|name| {
                self.config.is_unknown() || !self.config.attribute(name).is_wholly_known()
            })
            .map(|name| self.path.clone().child(*name).to_string())
            .collect()
    }

    /// An error about one argument: its name, then `what`.
    pub(super) fn error(&self, name: &'static str, what: String) -> Diagnostic {
        let path = self.path.clone().child(name);
        INVALID_ARGUMENT.diagnostic(format!("The provider argument {path} {what}")).at(path)
    }
}
