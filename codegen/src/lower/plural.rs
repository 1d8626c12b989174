//! English plurals, as far as names of lists need them.

/// Words that look like plurals.
const SINGULAR: &[&str] = &[
    "alias",
    "analytics",
    "atlas",
    "bias",
    "canvas",
    "chaos",
    "cms",
    "cos",
    "diagnostics",
    "dns",
    "ethos",
    "gas",
    "goods",
    "gps",
    "graphics",
    "https",
    "ios",
    "lens",
    "logistics",
    "macos",
    "mathematics",
    "news",
    "nfs",
    "paas",
    "physics",
    "pos",
    "pricing",
    "rss",
    "saas",
    "sas",
    "series",
    "sms",
    "species",
    "sos",
    "tls",
];

/// Plurals whose singular ends in `e` where others don't, or the other way round.
const IRREGULAR: &[(&str, &str)] = &[
    ("addenda", "addendum"),
    ("analyses", "analysis"),
    ("axes", "axis"),
    ("caches", "cache"),
    ("children", "child"),
    ("cookies", "cookie"),
    ("criteria", "criterion"),
    ("headaches", "headache"),
    ("indices", "index"),
    ("men", "man"),
    ("movies", "movie"),
    ("niches", "niche"),
    ("people", "person"),
    ("quizzes", "quiz"),
    ("women", "woman"),
];

/// The singular of the last word of a name in camel case; `None` if it is no plural.
pub(super) fn singular(name: &str) -> Option<String> {
    let start = name
        .char_indices()
        .filter(|(_, c)| c.is_uppercase())
        .map(|(at, _)| at)
        .next_back()
        .unwrap_or(0);
    let (before, word) = name.split_at(start);
    let lower = word.to_lowercase();
    if let Some((_, one)) = IRREGULAR.iter().find(|(many, _)| *many == lower) {
        let mut one = (*one).to_owned();
        if word.starts_with(char::is_uppercase) {
            one[..1].make_ascii_uppercase();
        }
        return Some(format!("{before}{one}"));
    }
    // Short words are abbreviations more often than plurals.
    if word.len() < 4 || !word.ends_with('s') || SINGULAR.contains(&lower.as_str()) {
        return None;
    }
    let ends = |ends: &[&str]| ends.iter().any(|end| word.ends_with(end));
    let cut =
        |length: usize, end: &str| Some(format!("{before}{}{end}", &word[..word.len() - length]));
    if ends(&["ss", "us", "is"]) {
        None
    } else if ends(&["ies"]) && word.len() > 4 {
        cut(3, "y")
    } else if ends(&["sses", "xes", "ches", "shes", "tuses", "nuses", "puses"]) {
        cut(2, "")
    } else {
        cut(1, "")
    }
}

#[cfg(test)]
mod tests {
    use super::singular;

    #[test]
    fn plurals_lose_their_end() {
        for (many, one) in [
            ("Routes", "Route"),
            ("LineItems", "LineItem"),
            ("Addresses", "Address"),
            ("Categories", "Category"),
            ("Statuses", "Status"),
            ("Courses", "Course"),
            ("Boxes", "Box"),
            ("Batches", "Batch"),
            ("FamilyMovies", "FamilyMovie"),
            ("People", "Person"),
            ("Ües", "Üe"),
        ] {
            assert_eq!(singular(many).as_deref(), Some(one), "{many}");
        }
    }

    #[test]
    fn what_is_no_plural_stays() {
        for word in [
            "Status", "Address", "Data", "News", "Value", "Analysis", "Sms", "HTTPS", "Ids", "",
            "s", "Series2",
        ] {
            assert_eq!(singular(word), None, "{word}");
        }
    }
}
