//! How the provider names itself to the service.

/// The words of `texts`, each once, without characters that a header cannot hold.
pub(super) fn words(texts: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in texts.iter().flat_map(|text| text.split_whitespace()) {
        let word: String = word.chars().filter(char::is_ascii_graphic).collect();
        if !word.is_empty() && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// How this provider names itself under a client of this version.
pub(super) fn product(terraform_version: &str, version: &str) -> String {
    let client: String =
        terraform_version.chars().filter(|character| character.is_ascii_graphic()).collect();
    format!("Terraform/{client} terraform-provider-alicloud/{version}")
}

/// The user agent: the program, and the words of the user.
pub(super) fn user_agent(product: &str, words: &[String]) -> String {
    let mut agent = product.to_owned();
    for word in words {
        agent.push(' ');
        agent.push_str(word);
    }
    agent
}

#[cfg(test)]
mod tests {
    use super::{product, user_agent, words};

    #[test]
    fn each_part_of_the_user_agent_is_sanitized_and_unique() {
        let words = words(&["module/a  module/b", "module/a wrapper/1\r\nX-Evil: 1 ünï"]);
        assert_eq!(words, ["module/a", "module/b", "wrapper/1", "X-Evil:", "1", "n"]);
        assert_eq!(
            user_agent(&product("1.11.4", "0.1.0"), &words[..1]),
            "Terraform/1.11.4 terraform-provider-alicloud/0.1.0 module/a"
        );
    }
}
