//! A schema as Markdown, in the format of tfplugindocs.

use std::fmt::Write;

use terraform_provider_alicloud::{
    schema::{Attribute, AttributeKind, Block, NestedBlock, Nesting, Presence},
    value::Kind,
};

/// Whether the user or the provider sets a value, in the order of the page.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Group {
    Required,
    Optional,
    ReadOnly,
}

const GROUPS: [(Group, &str); 3] =
    [(Group::Required, "Required"), (Group::Optional, "Optional"), (Group::ReadOnly, "Read-Only")];

/// An attribute or a nested block.
enum Member<'a> {
    Attribute(&'a Attribute),
    Block(&'a NestedBlock),
}

impl Member<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Attribute(attribute) => &attribute.name,
            Self::Block(nested) => &nested.name,
        }
    }

    fn group(&self) -> Group {
        match self {
            Self::Attribute(attribute) => match attribute.presence {
                Presence::Computed => Group::ReadOnly,
                Presence::Optional | Presence::OptionalComputed => Group::Optional,
                Presence::Required => Group::Required,
            },
            Self::Block(nested) if nested.min_items > 0 => Group::Required,
            Self::Block(_) => Group::Optional,
        }
    }

    /// The text after the name: type and description.
    fn text(&self) -> String {
        let (mut notes, description, deprecation) = match self {
            Self::Attribute(attribute) => {
                let mut notes = vec![attribute_type(&attribute.kind)];
                notes.extend(attribute.sensitive.then(|| "Sensitive".to_owned()));
                (notes, &attribute.description, &attribute.deprecation)
            }
            Self::Block(nested) => {
                (block_type(nested), &nested.block.description, &nested.block.deprecation)
            }
        };
        notes.extend(deprecation.as_ref().map(|_| "Deprecated".to_owned()));
        let mut text = format!("({}) {}", notes.join(", "), one_line(description));
        if let Some(deprecation) = deprecation {
            let _ = write!(text, " **Deprecated:** {}", one_line(deprecation));
        }
        text
    }

    /// The anchor of its own section, if it has one.
    fn anchor(&self, path: &[&str]) -> Option<String> {
        match self {
            Self::Attribute(Attribute { kind: AttributeKind::Plain(_), .. }) => None,
            Self::Attribute(_) => Some(format!("nestedatt--{}", path.join("--"))),
            Self::Block(_) => Some(format!("nestedblock--{}", path.join("--"))),
        }
    }
}

/// The chapter `## Schema` of a page, without a line feed at its end.
pub(super) fn markdown(block: &Block) -> String {
    let mut text = "## Schema\n\n".to_owned();
    write_members(&mut text, &members_of_block(block), &mut Vec::new());
    text.trim_end().to_owned()
}

/// The type as the page shows it, such as `List of String`.
pub(super) fn attribute_type(kind: &AttributeKind) -> String {
    match kind {
        AttributeKind::Nested { nesting, .. } => format!("Attributes{}", collection(*nesting)),
        AttributeKind::Plain(kind) => plain_type(kind),
    }
}

/// A text without its line breaks.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn members_of_block(block: &Block) -> Vec<Member<'_>> {
    let attributes = block.attributes.iter().map(Member::Attribute);
    attributes.chain(block.blocks.iter().map(Member::Block)).collect()
}

fn write_members<'a>(text: &mut String, members: &[Member<'a>], path: &mut Vec<&'a str>) {
    let mut sections = Vec::new();
    for (group, title) in GROUPS {
        let mut members: Vec<_> = members.iter().filter(|member| member.group() == group).collect();
        members.sort_by_key(|member| member.name());
        if members.is_empty() {
            continue;
        }
        let _ = match path.is_empty() {
            true => write!(text, "### {title}\n\n"),
            false => write!(text, "{title}:\n\n"),
        };
        for alike in alike(&members) {
            let names: Vec<_> = alike.iter().map(|member| format!("`{}`", member.name())).collect();
            let _ = write!(text, "- {} {}", names.join(", "), alike[0].text());
            if let Some(anchor) = alike[0].anchor(&joined(path, alike[0])) {
                let _ = write!(text, " (see [below for nested schema](#{anchor}))");
                sections.push((anchor, alike[0]));
            }
            text.push('\n');
        }
        text.push('\n');
    }
    for (anchor, member) in sections {
        let title = joined(path, member).join(".");
        let _ = write!(text, "<a id=\"{anchor}\"></a>\n### Nested Schema for `{title}`\n\n");
        path.push(match member {
            Member::Attribute(attribute) => &attribute.name,
            Member::Block(nested) => &nested.name,
        });
        write_members(text, &inner(member), path);
        path.pop();
        text.push('\n');
    }
}

/// The content of a member with its own section.
fn inner<'a>(member: &Member<'a>) -> Vec<Member<'a>> {
    match member {
        Member::Attribute(Attribute { kind: AttributeKind::Nested { attributes, .. }, .. }) => {
            attributes.iter().map(Member::Attribute).collect()
        }
        Member::Attribute(_) => Vec::new(),
        Member::Block(nested) => members_of_block(&nested.block),
    }
}

/// Combines members that differ only in their names, such as the keys of `endpoints`, at the
/// position of the first one. Members with their own section are not combined.
fn alike<'m, 'a>(members: &[&'m Member<'a>]) -> Vec<Vec<&'m Member<'a>>> {
    let mut rows: Vec<Vec<&Member<'_>>> = Vec::new();
    for member in members {
        let is_plain = member.anchor(&[]).is_none();
        match rows.iter_mut().find(|row| is_plain && row[0].text() == member.text()) {
            Some(row) => row.push(member),
            None => rows.push(vec![member]),
        }
    }
    rows
}

fn joined<'a>(path: &[&'a str], member: &'a Member<'_>) -> Vec<&'a str> {
    path.iter().copied().chain([member.name()]).collect()
}

fn block_type(nested: &NestedBlock) -> Vec<String> {
    let mut notes = vec![format!("Block{}", collection(nested.nesting))];
    match (nested.nesting, nested.min_items) {
        (Nesting::Single, 0) => notes.push("Optional".to_owned()),
        (Nesting::Single, _) => notes.push("Required".to_owned()),
        (_, 0) => {}
        (_, min) => notes.push(format!("Min: {min}")),
    }
    if nested.max_items > 0 {
        notes.push(format!("Max: {}", nested.max_items));
    }
    notes
}

fn collection(nesting: Nesting) -> &'static str {
    match nesting {
        Nesting::List => " List",
        Nesting::Map => " Map",
        Nesting::Set => " Set",
        Nesting::Single => "",
    }
}

fn plain_type(kind: &Kind) -> String {
    match kind {
        Kind::Bool => "Boolean".to_owned(),
        Kind::Dynamic => "Dynamic".to_owned(),
        Kind::List(element) => format!("List of {}", plain_type(element)),
        Kind::Map(element) => format!("Map of {}", plain_type(element)),
        Kind::Number => "Number".to_owned(),
        Kind::Object(_) => "Object".to_owned(),
        Kind::Set(element) => format!("Set of {}", plain_type(element)),
        Kind::String => "String".to_owned(),
        Kind::Tuple(_) => "Tuple".to_owned(),
    }
}

#[test]
fn every_form_of_a_schema_is_written_as_tfplugindocs_does() {
    let attribute = |name: &'static str, kind, presence| Attribute::new(name, kind, presence, "D.");
    let inner = attribute("inner", Kind::list(Kind::String), Presence::Computed);
    let nested = |name: &'static str, nesting, attributes| Attribute {
        kind: AttributeKind::Nested { nesting, attributes },
        ..attribute(name, Kind::Dynamic, Presence::Computed)
    };
    let block = Block {
        attributes: vec![
            attribute("zone", Kind::String, Presence::Optional).sensitive(),
            attribute("old", Kind::Bool, Presence::Optional).deprecated("Use `zone`."),
            attribute("must", Kind::map(Kind::Number), Presence::Required),
            nested("outer", Nesting::List, vec![nested("deep", Nesting::Single, vec![inner])]),
        ],
        blocks: vec![NestedBlock {
            name: "endpoints".into(),
            block: Block {
                attributes: vec![
                    attribute("b", Kind::String, Presence::Optional),
                    Attribute::new("ecs", Kind::String, Presence::Optional, "Used."),
                    attribute("a", Kind::String, Presence::Optional),
                ],
                description: "Hosts.".into(),
                ..Block::default()
            },
            nesting: Nesting::Set,
            min_items: 0,
            max_items: 1,
        }],
        ..Block::default()
    };
    let expected = r#"## Schema

### Required

- `must` (Map of Number) D.

### Optional

- `endpoints` (Block Set, Max: 1) Hosts. (see [below for nested schema](#nestedblock--endpoints))
- `old` (Boolean, Deprecated) D. **Deprecated:** Use `zone`.
- `zone` (String, Sensitive) D.

### Read-Only

- `outer` (Attributes List) D. (see [below for nested schema](#nestedatt--outer))

<a id="nestedblock--endpoints"></a>
### Nested Schema for `endpoints`

Optional:

- `a`, `b` (String) D.
- `ecs` (String) Used.


<a id="nestedatt--outer"></a>
### Nested Schema for `outer`

Read-Only:

- `deep` (Attributes) D. (see [below for nested schema](#nestedatt--outer--deep))

<a id="nestedatt--outer--deep"></a>
### Nested Schema for `outer.deep`

Read-Only:

- `inner` (List of String) D."#;
    assert_eq!(markdown(&block), expected);
}
