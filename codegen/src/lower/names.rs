//! Rust names for wire names.
//!
//! A [`Scope`] hands out each identifier once, so two wire names that fold to the same Rust name
//! can't collide: the later one in the document's order gets a number.

use std::collections::HashSet;

use heck::{ToSnakeCase, ToUpperCamelCase};
use unicode_normalization::UnicodeNormalization;

use crate::model::RustName;
use crate::numbers::Numbers;

/// Longer identifiers help nobody; the number that keeps them apart comes on top.
pub(super) const MAX_LENGTH: usize = 96;

/// Every word that can't be an identifier in some edition (reference, section "Keywords").
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// What generated code takes from the prelude without a path.
const PRELUDE: &[&str] = &[
    "Box",
    "Clone",
    "Default",
    "Err",
    "From",
    "Into",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Self",
    "Some",
    "String",
    "Vec",
];

/// The names taken in one place: a module, a struct, an enum, an impl block.
#[derive(Debug)]
pub(crate) struct Scope {
    /// Case-folded, since rustdoc makes files of them and some file systems fold case.
    taken: HashSet<String>,
    numbers: Numbers<String>,
    reserved: &'static [&'static str],
    suffix: &'static str,
}

impl Scope {
    /// Types in a module; names that shadow the prelude become `…Model`.
    pub fn types() -> Self {
        Self {
            taken: HashSet::new(),
            numbers: Numbers::default(),
            reserved: PRELUDE,
            suffix: "Model",
        }
    }

    /// The variants of an enum, beside its own `Unknown`.
    pub fn variants() -> Self {
        Self {
            taken: HashSet::new(),
            numbers: Numbers::default(),
            reserved: &["Self", "Unknown"],
            suffix: "Value",
        }
    }

    /// The fields of a struct.
    pub fn fields() -> Self {
        Self {
            taken: HashSet::new(),
            numbers: Numbers::default(),
            reserved: &[],
            suffix: "_field",
        }
    }

    /// The methods of a struct or handle, beside those of the traits that it derives.
    pub fn methods() -> Self {
        Self {
            taken: HashSet::new(),
            numbers: Numbers::default(),
            reserved: &[
                "borrow",
                "borrow_mut",
                "clone",
                "clone_from",
                "clone_into",
                "decode",
                "default",
                "encode",
                "eq",
                "fmt",
                "from",
                "into",
                "ne",
                "new",
                "to_owned",
                "to_string",
                "try_from",
                "try_into",
                "type_id",
            ],
            suffix: "_value",
        }
    }

    /// The setters of an operation, beside what every operation has.
    pub fn setters() -> Self {
        Self {
            taken: HashSet::new(),
            numbers: Numbers::default(),
            reserved: &[
                "body",
                "borrow",
                "borrow_mut",
                "clone",
                "clone_from",
                "clone_into",
                "fmt",
                "from",
                "into",
                "items",
                "new",
                "pages",
                "poll",
                "poller",
                "request",
                "self",
                "send",
                "send_with_response",
                "subscribe",
                "to_owned",
                "try_from",
                "try_into",
                "type_id",
                "with",
            ],
            suffix: "_param",
        }
    }

    /// Modules at the crate's root, beside those that every crate has. A module is a file, and Windows has no files
    /// that are called like its devices.
    pub fn modules() -> Self {
        Self {
            taken: HashSet::new(),
            numbers: Numbers::default(),
            reserved: &[
                "alloc",
                "aux",
                "client",
                "com1",
                "com2",
                "com3",
                "com4",
                "com5",
                "com6",
                "com7",
                "com8",
                "com9",
                "con",
                "connection",
                "connector_runtime",
                "core",
                "lib",
                "lpt1",
                "lpt2",
                "lpt3",
                "lpt4",
                "lpt5",
                "lpt6",
                "lpt7",
                "lpt8",
                "lpt9",
                "main",
                "models",
                "nul",
                "prn",
                "runtime",
                "std",
                "test",
            ],
            suffix: "_api",
        }
    }

    /// Methods of the client, beside its own.
    pub fn accessors() -> Self {
        Self {
            taken: HashSet::new(),
            numbers: Numbers::default(),
            reserved: &[
                "api",
                "borrow",
                "borrow_mut",
                "builder",
                "clone",
                "clone_from",
                "clone_into",
                "connect",
                "connection",
                "fmt",
                "from",
                "from_env",
                "into",
                "new",
                "request",
                "runtime",
                "test_connection",
                "to_owned",
                "try_from",
                "try_into",
                "type_id",
            ],
            suffix: "_api",
        }
    }

    /// Cargo features, beside those that every crate has.
    pub fn features() -> Self {
        Self {
            taken: HashSet::new(),
            numbers: Numbers::default(),
            reserved: &[
                "compression",
                "default",
                "native_tls",
                "environment",
                "rustls",
                "serde",
                "sign_in",
                "stream",
                "unreferenced_models",
                "webhook",
            ],
            suffix: "_api",
        }
    }

    /// Methods of the client's builder, beside its own.
    pub fn builder() -> Self {
        Self {
            taken: HashSet::new(),
            numbers: Numbers::default(),
            reserved: &[
                "base_url",
                "borrow",
                "borrow_mut",
                "build",
                "connection",
                "fmt",
                "from",
                "into",
                "parameters",
                "server_variable",
                "transport",
                "try_from",
                "try_into",
                "type_id",
                "with",
            ],
            suffix: "_credential",
        }
    }

    /// Whether the name of a type is still to be had as it is.
    pub fn is_free(&self, name: &str) -> bool {
        !self.taken.contains(&fold(name)) && !self.reserved.contains(&name)
    }

    /// Hands out a name for a type or variant.
    pub fn claim_type(&mut self, text: &str) -> RustName {
        self.claim(type_name(text))
    }

    /// Hands out a name for a type whose name is put together from names of types.
    pub fn claim_joined(&mut self, name: &str) -> RustName {
        self.claim(finish(name.to_owned(), "Value"))
    }

    /// Hands out a name for a field, method, argument or module.
    pub fn claim_value(&mut self, text: &str) -> RustName {
        self.claim(value_name(text))
    }

    /// Hands out a name for a Cargo feature: ASCII words with hyphens.
    pub fn claim_feature(&mut self, text: &str) -> String {
        let ascii: Vec<String> = words(text)
            .iter()
            .map(|word| word.chars().filter(char::is_ascii_alphanumeric).collect())
            .collect();
        let words: Vec<&str> = ascii
            .iter()
            .map(String::as_str)
            .filter(|word: &&str| !word.is_empty())
            .collect();
        let name = if words.is_empty() {
            "group".to_owned()
        } else {
            words.join("_")
        };
        self.claim(name)
            .as_str()
            .trim_end_matches('_')
            .replace('_', "-")
    }

    fn claim(&mut self, mut name: String) -> RustName {
        if self.reserved.contains(&name.as_str()) {
            name.push_str(self.suffix);
        }
        if is_keyword(&name) {
            name.push('_');
        }
        let folded = fold(&name);
        if self.taken.insert(folded.clone()) {
            return RustName::new_unchecked(name);
        }
        // A digit right after a digit would read as one number.
        let separator = if name.ends_with(|c: char| c.is_ascii_digit()) {
            "_"
        } else {
            ""
        };
        let numbered = |number| format!("{name}{separator}{number}");
        let unique = self
            .numbers
            .free(folded, numbered, |unique| self.taken.insert(fold(unique)));
        RustName::new_unchecked(unique)
    }
}

/// Stands where a name is claimed later, once all names beside it are known.
pub(crate) fn placeholder() -> RustName {
    RustName::new_unchecked(String::new())
}

/// `text` as the name of a type, without regard to a scope.
pub(crate) fn type_name(text: &str) -> String {
    finish(spell(text).to_upper_camel_case(), "Value")
}

/// `text` as the name of a field or function, without regard to a scope.
pub(crate) fn value_name(text: &str) -> String {
    finish(spell_value(text).to_snake_case(), "value_")
}

/// The words of a name in lower case.
pub(crate) fn words(text: &str) -> Vec<String> {
    spell_value(text)
        .to_snake_case()
        .split('_')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn fold(name: &str) -> String {
    name.to_lowercase()
}

fn is_keyword(name: &str) -> bool {
    KEYWORDS.contains(&name) || matches!(name, "Self" | "_")
}

/// Replaces what an identifier can't hold: signs that matter get a word, the rest a space.
fn spell(text: &str) -> String {
    let mut spelled = String::new();
    let mut rest = text.trim();
    if let Some(sign) = rest.chars().next().filter(|c| matches!(c, '+' | '-')) {
        let follows = rest[1..].starts_with(|c: char| c.is_alphanumeric());
        if follows {
            spelled.push_str(if sign == '+' { "plus " } else { "minus " });
            rest = &rest[1..];
        }
    }
    let has_word = rest.contains(char::is_alphanumeric);
    for c in rest.nfc().take(4 * MAX_LENGTH) {
        if unicode_ident::is_xid_continue(c) && c != '_' {
            spelled.push(c);
        } else if has_word || c.is_whitespace() || c == '_' {
            // An apostrophe joins: `user's` is one word.
            if c != '\'' {
                spelled.push(' ');
            }
        } else {
            spelled.push_str(symbol(c));
            spelled.push(' ');
        }
    }
    if spelled.trim().is_empty() {
        return if text.is_empty() {
            "empty"
        } else if text.contains('_') {
            "underscore"
        } else {
            "space"
        }
        .to_owned();
    }
    spelled
}

/// Like [`spell`], for names in snake case: `OAuth` is one word, not two, although it has two capitals.
fn spell_value(text: &str) -> String {
    let spelled = spell(text);
    let mut joined = String::with_capacity(spelled.len());
    let mut rest = spelled.as_str();
    while let Some(at) = rest.find("Auth") {
        let (before, after) = (&rest[..at], &rest[at + "Auth".len()..]);
        joined.push_str(before);
        let mut chars = joined.chars().rev();
        let starts_word = match (chars.next(), chars.next()) {
            // `NOAuth` is no `OAuth`.
            (Some('O'), before) => !before.is_some_and(char::is_uppercase),
            // Nor is `fooAuth`.
            (Some('o'), before) => !before.is_some_and(char::is_alphanumeric),
            _ => false,
        };
        let ends_word = !after.starts_with(char::is_lowercase);
        joined.push_str(if starts_word && ends_word {
            "auth"
        } else {
            "Auth"
        });
        rest = after;
    }
    joined + rest
}

/// The word for a sign that stands alone.
fn symbol(c: char) -> &'static str {
    match c {
        '*' => "star",
        '+' => "plus",
        '-' => "minus",
        '/' => "slash",
        '\\' => "backslash",
        '=' => "equal",
        '<' => "less",
        '>' => "greater",
        '!' => "not",
        '?' => "question",
        '%' => "percent",
        '&' => "and",
        '|' => "or",
        '^' => "caret",
        '~' => "tilde",
        '#' => "hash",
        '$' => "dollar",
        '@' => "at",
        '.' => "dot",
        ',' => "comma",
        ':' => "colon",
        ';' => "semicolon",
        '(' | ')' => "parenthesis",
        '[' | ']' => "bracket",
        '{' | '}' => "brace",
        '"' | '\'' | '`' => "quote",
        _ => "symbol",
    }
}

/// Cuts an over-long name and mends one that starts with something an identifier can't.
fn finish(name: String, prefix: &str) -> String {
    let mut name: String = name.chars().take(MAX_LENGTH).collect();
    while name.len() > 1 && name.ends_with('_') {
        name.pop();
    }
    if name.is_empty() || !name.starts_with(unicode_ident::is_xid_start) {
        name.insert_str(0, prefix);
        while name.len() > prefix.len() && name.ends_with('_') {
            name.pop();
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::{Scope, type_name, value_name};

    #[test]
    fn signs_get_words() {
        for (text, expected) in [
            ("+1", "Plus1"),
            ("-1", "Minus1"),
            ("*", "Star"),
            ("", "Empty"),
            (" ", "Space"),
            ("_", "Underscore"),
            (">=", "GreaterEqual"),
            ("2h", "Value2h"),
            ("user's", "Users"),
            ("a/b", "AB"),
            ("Größe", "Größe"),
            ("text/event-stream", "TextEventStream"),
        ] {
            assert_eq!(type_name(text), expected, "{text:?}");
        }
    }

    #[test]
    fn numbers_go_on_where_they_ended_and_skip_what_is_taken() {
        let mut names = Scope::types();
        let claimed = ["a", "A3", "A", "a", "A"].map(|text| names.claim_type(text).to_string());
        assert_eq!(claimed, ["A", "A3", "A2", "A4", "A5"]);
    }

    #[test]
    fn values_are_snake_case() {
        for (text, expected) in [
            ("createdAt", "created_at"),
            ("X-Request-ID", "x_request_id"),
            ("2fa", "value_2fa"),
            ("+1", "plus_1"),
            ("filter[name]", "filter_name"),
            ("OAuth2", "oauth2"),
            ("oAuth2", "oauth2"),
            ("githubOAuthApps", "github_oauth_apps"),
            ("X-OAuth-Scopes", "x_oauth_scopes"),
            ("fooAuth", "foo_auth"),
            ("NOAuth", "no_auth"),
            ("OAuthor", "o_author"),
        ] {
            assert_eq!(value_name(text), expected, "{text:?}");
        }
    }

    #[test]
    fn modules_are_not_called_like_devices() {
        let mut modules = Scope::modules();
        assert_eq!(modules.claim_value("Nul").as_str(), "nul_api");
        assert_eq!(modules.claim_value("COM1").as_str(), "com1_api");
        assert_eq!(modules.claim_value("console").as_str(), "console");
    }

    #[test]
    fn keywords_and_prelude_names_are_avoided() {
        let mut types = Scope::types();
        assert_eq!(types.claim_type("Option").as_str(), "OptionModel");
        assert_eq!(types.claim_type("self").as_str(), "SelfModel");
        let mut fields = Scope::fields();
        assert_eq!(fields.claim_value("type").as_str(), "type_");
        assert_eq!(fields.claim_value("self").as_str(), "self_");
        assert_eq!(Scope::setters().claim_value("send").as_str(), "send_param");
        assert_eq!(
            Scope::variants().claim_type("unknown").as_str(),
            "UnknownValue"
        );
    }

    #[test]
    fn collisions_are_numbered_without_regard_to_case() {
        let mut scope = Scope::types();
        assert_eq!(scope.claim_type("foo_bar").as_str(), "FooBar");
        assert_eq!(scope.claim_type("FooBar").as_str(), "FooBar2");
        assert_eq!(scope.claim_type("foobar").as_str(), "Foobar3");
        assert_eq!(scope.claim_type("v1").as_str(), "V1");
        assert_eq!(scope.claim_type("V1").as_str(), "V1_2");
    }

    #[test]
    fn a_long_name_is_cut() {
        assert!(type_name(&"a".repeat(100_000)).len() <= 100);
    }
}
