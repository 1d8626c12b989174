//! What queries cost: few characters of a JSONPath can ask for work without bound.

use std::collections::HashMap;

use serde_json::Value;

/// How many values a part of a query may select, each counted as often as it is selected: they are kept in memory.
const MAX_SELECTED: u64 = 3_000_000;

/// A regular expression is compiled for each value that it is held against, which takes as long as looking at so many values,
const EXPRESSION: u64 = 200;

/// and so many more for each of its characters,
const CHARACTER: u64 = 20;

/// or for each that stands for a class of characters.
const CLASS: u64 = 1_000;

/// The same for an expression that is in the document, which may be as large as it likes.
const UNKNOWN_EXPRESSION: u64 = 100_000;

/// To compare or copy this much text takes as long as looking at a value.
const TEXT: usize = 16;

/// A pointer to a value takes as much memory as the value for each time that it has so many bytes.
const POINTER: u64 = 500;

/// What a document is made of.
#[derive(Default)]
pub(super) struct Census {
    /// How many values there are at each level; the root is at the first.
    levels: Vec<u64>,
    /// How often each name is that of a member.
    names: HashMap<String, u64>,
    all: u64,
    /// What it takes to compare the whole document with itself.
    weight: u64,
    /// How many bytes the longest pointer has.
    longest: u64,
}

impl Census {
    pub(super) fn of(root: &Value) -> Self {
        let mut census = Self::default();
        census.count(root, 0, 0);
        census.weight = weight(root);
        census
    }

    /// Counts what is at a level, and a pointer of some length.
    fn count(&mut self, value: &Value, level: usize, pointer: u64) {
        self.longest = self.longest.max(pointer);
        if level == self.levels.len() {
            self.levels.push(0);
        }
        self.levels[level] += 1;
        self.all += 1;
        match value {
            Value::Array(items) => {
                for item in items {
                    self.count(item, level + 1, pointer + 2);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    match self.names.get_mut(name) {
                        Some(count) => *count += 1,
                        None => drop(self.names.insert(name.clone(), 1)),
                    }
                    self.count(member, level + 1, pointer + 1 + name.len() as u64);
                }
            }
            _ => {}
        }
    }
}

/// What it takes to compare or copy a value: as much as to look at so many values.
pub(super) fn weight(value: &Value) -> u64 {
    let text = |text: &str| 1 + (text.len() / TEXT) as u64;
    match value {
        Value::String(string) => text(string),
        Value::Array(items) => 1 + items.iter().map(weight).sum::<u64>(),
        Value::Object(members) => {
            let inside = members
                .iter()
                .map(|(name, member)| text(name) + weight(member));
            1 + inside.sum::<u64>()
        }
        _ => 1,
    }
}

/// Whether a query, or the rest of one, surely selects one value at most.
pub(super) fn names_one(query: &str) -> bool {
    !query.contains(['*', '?', ':', ',']) && !query.contains("..")
}

/// How many values a query looks at, at most, where `added` came to the document since the census, wherever they are; none if it
/// selects too many. `query` is known to be one.
pub(super) fn of(query: &str, root: &Value, census: &Census, added: u64) -> Option<u64> {
    let mut estimate = Estimate {
        rest: query.trim_start_matches(['$', ' ', '\t', '\n', '\r']),
        root,
        census,
        added,
        visited: 1,
        most_selected: 1,
    };
    estimate.segments(ROOT);
    let memory = estimate
        .most_selected
        .saturating_mul(1 + census.longest / POINTER);
    (memory <= MAX_SELECTED).then_some(estimate.visited)
}

/// What is known of the values that a part of a query selects.
#[derive(Clone, Copy)]
struct List {
    /// The level that all of them are at.
    level: Option<usize>,
    /// How often one of them is selected, at most.
    times: u64,
    /// By this and `times`, how many are selected at most.
    most: u64,
}

const ROOT: List = List {
    level: Some(0),
    times: 1,
    most: 1,
};

impl List {
    fn len(self) -> u64 {
        self.most.saturating_mul(self.times)
    }
}

struct Estimate<'q> {
    rest: &'q str,
    root: &'q Value,
    census: &'q Census,
    added: u64,
    visited: u64,
    most_selected: u64,
}

impl<'q> Estimate<'q> {
    /// The segments that follow a `$` or `@`.
    fn segments(&mut self, mut list: List) {
        loop {
            self.rest = self.rest.trim_start();
            let descends = self.take("..");
            if descends {
                list = self.below(list);
            }
            if self.take("[") {
                list = self.bracketed(list);
            } else if descends || self.take(".") {
                list = self.shorthand(list);
            } else {
                return;
            }
            self.most_selected = self.most_selected.max(list.len());
        }
    }

    /// The values themselves, and all that is inside of them.
    fn below(&mut self, list: List) -> List {
        // A value is found once for each value around it that is in the list.
        let around = list.most.min(self.depth());
        let below = List {
            level: None,
            times: list.times.saturating_mul(around),
            most: self.all(),
        };
        self.visit(below.len());
        below
    }

    /// `*` or a name.
    fn shorthand(&mut self, list: List) -> List {
        if self.take("*") {
            return self.children(list);
        }
        let is_end = |c: char| !(c.is_alphanumeric() || c == '_' || !c.is_ascii());
        let end = self.rest.find(is_end).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.child(list, self.named(name))
    }

    /// Selectors up to the closing bracket. What several of them select is selected several times.
    fn bracketed(&mut self, list: List) -> List {
        let mut all = List {
            level: list.level.map(|level| level + 1),
            times: 0,
            most: 0,
        };
        loop {
            self.rest = self.rest.trim_start();
            let one = match self.rest.chars().next() {
                Some('?') => {
                    let children = self.children(list);
                    self.filter(children);
                    children
                }
                Some('\'' | '"') => {
                    let quoted = self.quoted();
                    // With escapes, it may be the name of any member.
                    let most = match quoted.contains('\\') {
                        true => self.all(),
                        false => self.named(quoted),
                    };
                    self.child(list, most)
                }
                _ => {
                    let end = self.rest.find([',', ']']).unwrap_or(self.rest.len());
                    let (selector, rest) = self.rest.split_at(end);
                    self.rest = rest;
                    match selector.contains(['*', ':']) {
                        true => self.children(list),
                        false => self.child(list, list.most),
                    }
                }
            };
            all.times = all.times.saturating_add(one.times);
            all.most = all.most.max(one.most);
            self.rest = self.rest.trim_start();
            if !self.take(",") {
                self.take("]");
                return all;
            }
        }
    }

    fn children(&mut self, list: List) -> List {
        let level = list.level.map(|level| level + 1);
        let children = List {
            level,
            most: self.at(level),
            ..list
        };
        self.visit(children.len());
        children
    }

    /// At most one child of each value.
    fn child(&mut self, list: List, most: u64) -> List {
        self.visit(list.len());
        let level = list.level.map(|level| level + 1);
        List {
            level,
            most: list.most.min(self.at(level)).min(most),
            ..list
        }
    }

    /// A logical expression, which is held against each of the values.
    fn filter(&mut self, values: List) {
        let mut open = 0_usize;
        while let Some(next) = self.rest.chars().next() {
            match next {
                '\'' | '"' => drop(self.quoted()),
                '@' => {
                    self.take("@");
                    self.segments(values);
                    if open > 0 || self.is_compared_with_a_query() {
                        // Values at one level lie beside each other.
                        let around = if values.level.is_some() {
                            1
                        } else {
                            self.depth()
                        };
                        let inside = self.weight().saturating_mul(around.min(values.most));
                        self.visit(inside.saturating_mul(values.times));
                    }
                }
                '$' => {
                    self.take("$");
                    let before = std::mem::take(&mut self.visited);
                    let query = self.rest;
                    self.segments(ROOT);
                    if open > 0 || self.is_compared_with_a_query() {
                        let query = &query[..query.len() - self.rest.len()];
                        self.visit(self.weight_of_one(query));
                    }
                    let each = std::mem::replace(&mut self.visited, before);
                    self.visit(each.saturating_mul(values.len()));
                }
                ',' | ']' if open == 0 => return,
                'm' | 's'
                    if self.rest.starts_with("match(") || self.rest.starts_with("search(") =>
                {
                    let weight = weight_of_expression(self.rest);
                    self.visit(weight.saturating_mul(values.len()));
                    self.take("match");
                    self.take("search");
                }
                _ => {
                    match next {
                        '(' => open += 1,
                        ')' => open = open.saturating_sub(1),
                        _ => {}
                    }
                    self.rest = &self.rest[next.len_utf8()..];
                }
            }
        }
    }

    /// Whether a comparison with something else than a literal follows.
    fn is_compared_with_a_query(&self) -> bool {
        let rest = self.rest.trim_start();
        let compared = rest.trim_start_matches(['=', '!', '<', '>']);
        let is_literal = |c: char| matches!(c, '\'' | '"' | '-' | 't' | 'f' | 'n' | '0'..='9');
        compared.len() < rest.len() && !compared.trim_start().starts_with(is_literal)
    }

    /// The weight of what a query selects: of a value if it names one, or of the document.
    fn weight_of_one(&self, query: &str) -> u64 {
        let names = query
            .split(['.', '[', ']'])
            .map(|name| name.trim().trim_matches(['\'', '"']));
        let mut names = names.filter(|name| !name.is_empty());
        if !names_one(query) {
            return self.weight();
        }
        let found = names.try_fold(self.root, |value, name| match value {
            Value::Array(items) => items.get(name.parse::<usize>().ok()?),
            value => value.get(name),
        });
        found.map_or_else(|| self.weight(), weight)
    }

    fn weight(&self) -> u64 {
        self.census.weight + self.added
    }

    /// How deep values are nested.
    fn depth(&self) -> u64 {
        self.census.levels.len() as u64 + self.added
    }

    /// How many values there are.
    fn all(&self) -> u64 {
        self.census.all + self.added
    }

    fn at(&self, level: Option<usize>) -> u64 {
        match level {
            Some(level) => self.census.levels.get(level).copied().unwrap_or_default() + self.added,
            None => self.all(),
        }
    }

    fn named(&self, name: &str) -> u64 {
        self.census.names.get(name).copied().unwrap_or_default() + self.added
    }

    /// A string in quotes, without them.
    fn quoted(&mut self) -> &'q str {
        let (inside, rest) = split_quoted(self.rest);
        self.rest = rest;
        inside
    }

    fn take(&mut self, token: &str) -> bool {
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn visit(&mut self, values: u64) {
        self.visited = self.visited.saturating_add(values);
    }
}

/// A string at the beginning of a text, without its quotes, and what follows it.
fn split_quoted(text: &str) -> (&str, &str) {
    let Some(quote) = text.chars().next() else {
        return ("", "");
    };
    let inside = &text[quote.len_utf8()..];
    let mut characters = inside.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            _ if character == quote => return (&inside[..at], &inside[at + quote.len_utf8()..]),
            _ => {}
        }
    }
    (inside, "")
}

/// How many values a regular expression is worth: that of the function at the beginning of `call`, which may be in a string.
fn weight_of_expression(call: &str) -> u64 {
    let mut rest = call;
    let mut open = 0_usize;
    let mut written = None;
    while let Some(next) = rest.chars().next() {
        match next {
            '\'' | '"' => {
                let (inside, after) = split_quoted(rest);
                // Names are in brackets of their own.
                written = (open == 1).then_some(inside).or(written);
                rest = after;
                continue;
            }
            '(' | '[' => open += 1,
            ')' | ']' => open = open.saturating_sub(1),
            _ => {}
        }
        if open == 0 && next == ')' {
            break;
        }
        rest = &rest[next.len_utf8()..];
    }
    let Some(written) = written else {
        return UNKNOWN_EXPRESSION;
    };
    let repeated = written.split('{').skip(1).filter_map(|text| {
        let numbers = text.split('}').next()?.split(',');
        numbers
            .filter_map(|number| number.trim().parse::<u64>().ok())
            .max()
    });
    let times = repeated.fold(1, |all: u64, times| all.saturating_mul(times.max(1)));
    let characters = written.chars().map(|character| match character {
        '\\' | '.' | '[' => CLASS,
        _ => CHARACTER,
    });
    (EXPRESSION + characters.sum::<u64>()).saturating_mul(times)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cost(query: &str) -> Option<u64> {
        let pets: Vec<_> = (0..1_000)
            .map(|id| json!({"id": id, "tags": ["a", "b"]}))
            .collect();
        let root = json!({"pets": pets, "info": {"title": "T"}});
        of(query, &root, &Census::of(&root), 0)
    }

    #[test]
    fn paths_that_name_one_value_cost_next_to_nothing() {
        for query in [
            "$",
            "$.info.title",
            "$['info']['title']",
            "$.pets[3].id",
            "$.pets[ 3 ] ['tags'][0]",
        ] {
            assert!(cost(query).unwrap() < 10, "{query} {:?}", cost(query));
        }
    }

    #[test]
    fn the_document_is_looked_at_about_once_by_what_people_write() {
        for query in [
            "$.pets[*].id",
            "$.pets[?@.id == 3].tags[*]",
            "$..id",
            "$..[?@.id == $.pets[0].id]",
            "$.pets[?@.id > 3 && (@.tags[0] == 'a]' || @['id'])].tags",
            "$.pets[1:20:2].tags[0]",
        ] {
            let cost = cost(query).unwrap();
            assert!((1_000..100_000).contains(&cost), "{query} {cost}");
        }
        assert!(cost("$.pets[?match(@.id, 'a(b|c)')]").unwrap() < 1_000_000);
        assert!(cost("$.pets[?match(@.ä€, 'ö|€')]").unwrap() < 1_000_000);
    }

    #[test]
    fn work_that_multiplies_is_seen() {
        let classes = format!("$..[?search(@.id, '{}')]", r"\p{L}".repeat(100));
        for query in [
            classes.as_str(),
            "$..[?count($..*) > 1]",
            "$..[?@.id == $.pets[?@.id > 1].id]",
            "$..[?match(@.id, '(a{90}){90}')]",
            "$..[?search(@['id'], @.tags)]",
            "$..*..*..*..*..*..*..*..*[?@..*..*]",
            "$..[?$ == $]",
            "$..[?length($) == 1]",
        ] {
            assert!(
                cost(query).is_none_or(|cost| cost > 5_000_000),
                "{query} {:?}",
                cost(query)
            );
        }
        let long = json!({"x": {"k".repeat(100_000): vec![0; 20_000]}});
        assert_eq!(of("$.x.*.*", &long, &Census::of(&long), 0), None);
        let list = "[*,*,*,*]".repeat(6);
        assert_eq!(
            cost(&format!("$.{}", "*")).map(|cost| cost < 10),
            Some(true)
        );
        assert_eq!(cost(&format!("$..{list}")), None);
    }
}
