//! `Link` headers (RFC 8288).

use http::HeaderMap;
use http::header::LINK;

/// A link of a `Link` header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Link {
    /// Where it leads, as it is written: often relative.
    pub target: String,
    /// What it leads to, in lower case: `next`, `last`.
    pub relations: Vec<String>,
    /// What the link is from, if that is not what was asked for.
    pub anchor: Option<String>,
}

/// The links in the value of a `Link` header.
///
/// As appendix B.2 of RFC 8288 reads them, which never fails: what makes no sense ends the list.
#[must_use]
pub fn parse(text: &str) -> Vec<Link> {
    let mut links = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let Some((target, parameters)) = rest.strip_prefix('<').and_then(|at| at.split_once('>'))
        else {
            return links;
        };
        let mut link = Link {
            target: target.trim().to_owned(),
            ..Link::default()
        };
        rest = read_parameters(parameters, &mut link);
        links.push(link);
    }
}

/// Reads what is behind a target, and gives the text after it.
fn read_parameters<'t>(mut rest: &'t str, link: &mut Link) -> &'t str {
    let mut has_relations = false;
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        let Some(behind) = rest.strip_prefix(';') else {
            // A comma, or something that is no parameter: the next link is searched for.
            return rest.find(',').map_or("", |at| &rest[at..]);
        };
        let behind = behind.trim_start_matches([' ', '\t']);
        let end = behind
            .find([' ', '\t', '=', ';', ','])
            .unwrap_or(behind.len());
        let name = behind[..end].to_ascii_lowercase();
        let after = behind[end..].trim_start_matches([' ', '\t']);
        let (value, left) = match after.strip_prefix('=') {
            Some(value) => read_value(value.trim_start_matches([' ', '\t'])),
            None => (String::new(), after),
        };
        rest = left;
        match name.as_str() {
            // Only the first one counts (section 3.3).
            "rel" if !has_relations => {
                has_relations = true;
                let words = value.split_ascii_whitespace();
                link.relations = words.map(str::to_ascii_lowercase).collect();
            }
            "anchor" => link.anchor = Some(value),
            _ => {}
        }
    }
}

/// A quoted string or a token, and the text after it.
fn read_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ',']).unwrap_or(text.len());
        return (text[..end].trim_end().to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

/// Where the first link to the next page leads. Links from another anchor are about something else.
pub(super) fn next(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(LINK).into_iter();
    let mut links = lines.flat_map(|line| parse(&String::from_utf8_lossy(line.as_bytes())));
    let next = links.find(|link| {
        link.anchor.is_none() && link.relations.iter().any(|relation| relation == "next")
    });
    next.map(|link| link.target)
        .filter(|target| !target.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn next_of(lines: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(LINK, HeaderValue::from_str(line).unwrap());
        }
        next(&headers)
    }

    #[test]
    fn next_is_found_among_several_links_and_headers() {
        let github = "<https://api.example/x?page=1>; rel=\"prev\", <https://api.example/x?page=3>; rel=\"next\"";
        assert_eq!(
            next_of(&[github]).as_deref(),
            Some("https://api.example/x?page=3")
        );
        assert_eq!(
            next_of(&["</a>; rel=first", "</b>; rel=next"]).as_deref(),
            Some("/b")
        );
        assert_eq!(next_of(&["</a>; rel=last"]), None);
        assert_eq!(next_of(&[]), None);
    }

    #[test]
    fn relations_are_lists_in_any_case_and_the_first_parameter_counts() {
        assert_eq!(
            next_of(&["<?p=2>;REL=\"last NEXT\""]).as_deref(),
            Some("?p=2")
        );
        assert_eq!(next_of(&["</a>; rel=prev; rel=next"]), None);
        assert_eq!(next_of(&["</a>; rel=\"nextpage\""]), None);
        assert_eq!(next_of(&["</a>; rel = next ; x"]).as_deref(), Some("/a"));
    }

    #[test]
    fn commas_and_semicolons_in_targets_and_strings_separate_nothing() {
        let text =
            "</a?ids=1,2;3>; title=\"a, <b>; rel=\\\"next\\\"\"; rel=\"prev\", </c>; rel=next";
        let links = parse(text);
        assert_eq!(links.len(), 2, "{links:?}");
        assert_eq!(links[0].target, "/a?ids=1,2;3");
        assert_eq!(links[0].relations, ["prev"]);
        assert_eq!(next_of(&[text]).as_deref(), Some("/c"));
    }

    #[test]
    fn links_from_another_anchor_are_about_something_else() {
        assert_eq!(
            next_of(&["</a>; anchor=\"/other\"; rel=next, </b>; rel=next"]).as_deref(),
            Some("/b")
        );
    }

    #[test]
    fn what_makes_no_sense_ends_the_list() {
        for text in [
            "",
            ",,,",
            "next",
            "<",
            "<>",
            "</a",
            "</a>;",
            "</a>; rel",
            "</a>; rel=\"next",
            "<é>;é=\"\\",
        ] {
            let links = parse(text);
            assert!(links.len() <= 1, "{text}: {links:?}");
        }
        assert_eq!(parse("</a> junk, </b>; rel=next").len(), 2);
        assert_eq!(next_of(&["<>; rel=next"]), None);
    }
}
