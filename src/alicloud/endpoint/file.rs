//! `endpoints.xml`: the official provider's file of endpoints, by region and product.
//!
//! Its shape: `Endpoints/Endpoint[@name]`, in each `RegionIds/RegionId` and
//! `Products/Product/{ProductName,DomainName}`. Documents with a DTD are refused, so nothing in one
//! can grow.

use std::collections::BTreeMap;

use roxmltree::{Document, Node};

use super::written::Written;

/// The largest file that is read, in bytes.
pub const MAX_SIZE: u64 = 1 << 20;

/// The endpoints of a file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct File {
    origin: String,
    /// By region and lower-cased product.
    domains: BTreeMap<(String, String), String>,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It has another shape.
    #[error("the root element is {0}, not Endpoints")]
    Root(String),
    /// It is no XML.
    #[error("it is not well-formed XML: {0}")]
    Xml(#[from] roxmltree::Error),
}

impl File {
    /// Reads the text of the file `origin`.
    ///
    /// # Errors
    ///
    /// [`Error`] where the text is not XML, or of another kind.
    pub fn parse(text: &str, origin: impl Into<String>) -> Result<Self, Error> {
        let document = Document::parse(text)?;
        let root = document.root_element();
        if root.tag_name().name() != "Endpoints" {
            return Err(Error::Root(root.tag_name().name().to_owned()));
        }
        let mut domains = BTreeMap::new();
        for endpoint in children(root, "Endpoint") {
            let products: Vec<(String, String)> = children(endpoint, "Products")
                .flat_map(|products| children(products, "Product"))
                .filter_map(product)
                .collect();
            for region in children(endpoint, "RegionIds").flat_map(|ids| children(ids, "RegionId"))
            {
                let region = text_of(region);
                let named = products
                    .iter()
                    .map(|(product, domain)| ((region.clone(), product.clone()), domain.clone()));
                domains.extend(named);
            }
        }
        Ok(Self { origin: origin.into(), domains })
    }

    /// The endpoint of a product, by its lower-case name, in a region.
    pub fn domain(&self, region: &str, product: &str) -> Option<Written> {
        let text = self.domains.get(&(region.to_owned(), product.to_owned()))?;
        Some(Written { text: text.clone(), origin: self.origin.clone() })
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
