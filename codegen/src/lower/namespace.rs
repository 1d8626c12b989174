//! Names of components that are names of .NET types: `Acme.Sales.Models.Order` is `Order` where nothing else is.

use super::names::type_name;

/// Whether a component's name has namespaces in front that say nothing about it.
pub(super) fn is_qualified(key: &str) -> bool {
    types(key).any(|parts| {
        let capital = |part: &&str| part.starts_with(char::is_uppercase);
        matches!(parts.as_slice(), [outer @ .., last] if outer.len() >= 2
            && capital(last)
            && outer.iter().any(capital))
    })
}

/// The shortest name that is free, of the type and of its arguments if it is generic.
pub(super) fn short(key: &str, is_free: impl Fn(&str) -> bool) -> Option<String> {
    let types: Vec<Vec<&str>> = types(key).collect();
    let longest = types.iter().map(Vec::len).max().unwrap_or_default();
    (1..=longest).find_map(|length| {
        let names = types
            .iter()
            .map(|parts| parts[parts.len().saturating_sub(length)..].join(" "));
        let name = names.collect::<Vec<_>>().join(" ");
        is_free(&type_name(&name)).then_some(name)
    })
}

/// The names of types in a key, each with its namespaces: ``Page`1[[Acme.Order]]`` has two.
fn types(key: &str) -> impl Iterator<Item = Vec<&str>> {
    let ends = |c: char| !c.is_alphanumeric() && !matches!(c, '.' | '-' | '_');
    // Reflection adds the assembly behind a comma and a space.
    let key = key
        .split(']')
        .map(|part| part.split(", ").next().unwrap_or(part));
    key.flat_map(move |part| part.split(ends))
        .flat_map(generic)
        .filter_map(|text| {
            let parts: Vec<&str> = text.split('.').filter(|part| !part.is_empty()).collect();
            let is_name = parts.iter().any(|part| part.contains(char::is_alphabetic));
            is_name.then_some(parts)
        })
}

/// Some tools write `Page_Acme.Models.Order_`.
fn generic(text: &str) -> impl Iterator<Item = &str> {
    let is_mangled = text.contains('.') && text.contains('_');
    text.split(move |c| is_mangled && c == '_')
}

#[cfg(test)]
mod tests {
    use super::{is_qualified, short};

    #[test]
    fn namespaces_are_left_out() {
        for (key, expected) in [
            ("Acme.Sales.Models.Order", "Order"),
            ("LawVu.Contracts.v1.ClientModels.Template", "Template"),
            ("Acme.Grids.Page`1[[Acme.Sales.Order, Acme]]", "Page Order"),
            (
                "Acme.Result_System.Collections.List_Acme.Models.Tag__",
                "Result List Tag",
            ),
        ] {
            assert!(is_qualified(key), "{key}");
            assert_eq!(short(key, |_| true).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_name_that_is_taken_gets_a_namespace() {
        let short = short("Acme.Sales.Models.Order", |name| name != "Order");
        assert_eq!(short.as_deref(), Some("Models Order"));
    }

    #[test]
    fn other_dots_stay() {
        for key in [
            "checkout.session",
            "io.k8s.api.core.v1.Pod",
            "microsoft.graph.user",
            "A.B",
            "Order",
        ] {
            assert!(!is_qualified(key), "{key}");
        }
    }
}
