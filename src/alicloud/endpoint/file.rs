//! `endpoints.xml`: the official provider's file of endpoints, by region and product.
//!
//! Its shape: `Endpoints/Endpoint[@name]`, in each `RegionIds/RegionId` and
//! `Products/Product/{ProductName,DomainName}`. Documents with a DTD are refused. Reading takes time
//! and memory in proportion to the text: regions and products are kept side by side, as the file has
//! them, and never multiplied.

use roxmltree::{Document, Node, ParsingOptions};

use super::configured::{ConfiguredEndpoint, Origin};

/// The largest file that is read, in bytes.
pub const MAX_SIZE: u64 = 1 << 20;

/// The most regions and products that a file may list, each counted once for each `Endpoint`. The
/// official list of all regions and products has about 3,000.
pub const MAX_ENTRIES: usize = 20_000;

/// The most XML nodes of a file: an entry has about six, white space included.
const MAX_NODES: u32 = 200_000;

/// The products that matter, in lower case.
const PRODUCTS: [&str; 3] = ["ecs", "location", "sts"];

/// The endpoints of a file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct File {
    origin: String,
    groups: Vec<EndpointGroup>,
}

/// One `Endpoint` element.
#[derive(Clone, Debug, Eq, PartialEq)]
struct EndpointGroup {
    regions: Vec<String>,
    /// Product in lower case, and host.
    domains: Vec<(String, String)>,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It has another shape.
    #[error("the root element is {0}, not Endpoints")]
    Root(String),
    /// It lists too much.
    #[error("it lists more than {MAX_ENTRIES} regions and products")]
    TooManyEntries,
    /// It is not XML.
    #[error("it is not well-formed XML: {0}")]
    Xml(#[from] roxmltree::Error),
}

impl File {
    /// Reads the text of the file `origin`.
    ///
    /// # Errors
    ///
    /// [`Error`] where the text is not XML, of another kind, or too long a list.
    pub fn parse(text: &str, origin: impl Into<String>) -> Result<Self, Error> {
        let options = ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() };
        let document = Document::parse_with_options(text, options)?;
        let root = document.root_element();
        if root.tag_name().name() != "Endpoints" {
            return Err(Error::Root(root.tag_name().name().to_owned()));
        }
        let mut entries = 0;
        let mut groups = Vec::new();
        for endpoint in children(root, "Endpoint") {
            let nodes = children(endpoint, "RegionIds").flat_map(|ids| children(ids, "RegionId"));
            let regions: Vec<String> = nodes.map(text_of).collect();
            let nodes = children(endpoint, "Products").flat_map(|all| children(all, "Product"));
            let products: Vec<Option<(String, String)>> = nodes.map(product).collect();
            entries += regions.len() + products.len();
            if entries > MAX_ENTRIES {
                return Err(Error::TooManyEntries);
            }
            let known = |(name, _): &(String, String)| PRODUCTS.contains(&name.as_str());
            let domains = products.into_iter().flatten().filter(known).collect();
            groups.push(EndpointGroup { regions, domains });
        }
        Ok(Self { origin: origin.into(), groups })
    }

    /// The endpoint of a product, by its lower-case name, in a region: the last one that is listed.
    pub fn domain(&self, region: &str, product: &str) -> Option<ConfiguredEndpoint> {
        let groups = self.groups.iter().rev();
        let mut groups = groups.filter(|group| group.regions.iter().any(|known| known == region));
        let text = groups.find_map(|group| group.domain(product))?;
        Some(self.configured(text))
    }

    /// The different endpoints of a product in all regions.
    pub fn domains(&self, product: &str) -> Vec<ConfiguredEndpoint> {
        let all = self.groups.iter().filter(|group| !group.regions.is_empty());
        let mut texts: Vec<&str> = all.filter_map(|group| group.domain(product)).collect();
        texts.sort_unstable();
        texts.dedup();
        texts.into_iter().map(|text| self.configured(text)).collect()
    }

    fn configured(&self, text: &str) -> ConfiguredEndpoint {
        let origin = Origin::File(self.origin.clone());
        ConfiguredEndpoint { text: text.to_owned(), origin }
    }
}

impl EndpointGroup {
    fn domain(&self, product: &str) -> Option<&str> {
        let mut domains = self.domains.iter().rev();
        domains.find(|(known, _)| known == product).map(|(_, domain)| domain.as_str())
    }
}

fn product(node: Node<'_, '_>) -> Option<(String, String)> {
    let name = children(node, "ProductName").next().map(text_of)?;
    let domain = children(node, "DomainName").next().map(text_of)?;
    (!domain.is_empty()).then(|| (name.to_lowercase(), domain))
}

fn children<'a, 'input>(
    node: Node<'a, 'input>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(move |child| child.has_tag_name(name))
}

fn text_of(node: Node<'_, '_>) -> String {
    node.text().unwrap_or_default().trim().to_owned()
}
