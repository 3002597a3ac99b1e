//! The arguments of `alicloud_images` for other programs: for usage texts and shell completion.

use super::super::selection::Order;
use super::{
    checks::FILTER_KEYS,
    table::{FILTER_BLOCK, FILTERS, Form, LOCALS, Word},
};
use crate::value::Kind;

/// An argument of `alicloud_images`.
#[derive(Clone, Debug)]
pub struct Argument {
    /// The name.
    pub name: &'static str,
    /// The type of its value.
    pub kind: Kind,
    /// The documented values; empty if any value is valid. Other values may be accepted too.
    pub words: Vec<&'static str>,
    /// Whether it may have several of them, with commas between them.
    pub is_list: bool,
    /// The documented keys of a map or of a repeated block, each with its documented values; empty
    /// if any key is valid.
    pub keys: &'static [(&'static str, &'static [&'static str])],
    /// The description, in Markdown.
    pub description: &'static str,
}

/// The arguments of `alicloud_images`, with the nested blocks, in the order of their documentation.
pub fn arguments() -> Vec<Argument> {
    let sent = FILTERS.iter().map(|filter| {
        let (kind, words) = match filter.form {
            Form::Flag => (Kind::Bool, Vec::new()),
            Form::Tags => (Kind::map(Kind::String), Vec::new()),
            Form::Word(words, _) | Form::Words(words) => (Kind::String, names(words)),
            Form::Digits | Form::Pair | Form::Text => (Kind::String, Vec::new()),
        };
        let (name, description) = (filter.name, filter.description);
        let is_list = matches!(filter.form, Form::Words(_));
        Argument { name, kind, words, is_list, keys: &[], description }
    });
    let locals = LOCALS.iter().map(|local| {
        let is_order = local.name == "sort_by";
        let words = if is_order { Order::names().collect() } else { Vec::new() };
        let (name, kind, description) = (local.name, local.kind.clone(), local.description);
        Argument { name, kind, words, is_list: false, keys: &[], description }
    });
    let pair = Kind::object([("name", Kind::String), ("value", Kind::String)]);
    let filter = Argument {
        name: FILTER_BLOCK.name,
        kind: Kind::list(pair),
        words: Vec::new(),
        is_list: false,
        keys: FILTER_KEYS,
        description: FILTER_BLOCK.description,
    };
    let timeouts = Argument {
        name: "timeouts",
        kind: Kind::object([("read", Kind::String)]),
        words: Vec::new(),
        is_list: false,
        keys: &[("read", &[])],
        description: "How long the whole lookup may take, retries included: a duration such as `90s`.",
    };
    sent.chain(locals).chain([filter, timeouts]).collect()
}

fn names(words: &[Word]) -> Vec<&'static str> {
    words.iter().map(|(word, _)| *word).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::super::schema, *};

    #[test]
    fn the_arguments_are_those_of_the_schema_with_their_types() {
        let Kind::Object(of_schema) = schema::images().kind() else { panic!("an object") };
        let arguments = arguments();
        for argument in &arguments {
            assert_eq!(of_schema.get(argument.name), Some(&argument.kind), "{}", argument.name);
        }
        // `id` can be set, without effect.
        let attributes = ["id", "ids", "images", "total_count"];
        assert_eq!(of_schema.len(), arguments.len() + attributes.len());
        assert!(attributes.iter().all(|name| of_schema.contains_key(*name)));
    }
}
