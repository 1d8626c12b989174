//! A person at a browser, who fills in what pages ask for.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use ureq::{Agent, Body, ResponseExt, http};
use url::Url;

/// More pages than any sign-in has.
const MOST_PAGES: usize = 12;

/// A browser without scripts: it keeps cookies, follows redirects, and submits forms with what it was told to fill in.
#[derive(Debug)]
pub struct Browser {
    agent: Agent,
    fields: BTreeMap<String, String>,
}

/// A page that a browser shows.
#[derive(Clone, Debug)]
pub struct Page {
    /// Where it is, after all redirects.
    pub url: String,
    /// The status with which it came.
    pub status: u16,
    /// Its HTML.
    pub html: String,
}

impl Default for Browser {
    fn default() -> Self {
        Self::new()
    }
}

impl Browser {
    /// A browser without cookies.
    #[must_use]
    pub fn new() -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(20)
            .build();
        Self {
            agent: config.into(),
            fields: BTreeMap::new(),
        }
    }

    /// The browser of somebody who signs in as `name` with `password`, whatever the fields are called.
    #[must_use]
    pub fn of(name: &str, password: &str) -> Self {
        Self::new()
            .fill("login", name)
            .fill("username", name)
            .fill("password", password)
    }

    /// Fills in a field of this name wherever there is one.
    #[must_use]
    pub fn fill(mut self, field: &str, value: &str) -> Self {
        self.fields.insert(field.to_owned(), value.to_owned());
        self
    }

    /// Opens a page.
    ///
    /// # Errors
    ///
    /// When there is no answer. A status is no error.
    pub fn open(&self, url: &str) -> Result<Page> {
        let answer = self.agent.get(url).header("Accept", "text/html").call();
        page(answer.with_context(|| format!("can't open {url}"))?)
    }

    /// Opens a page and submits what it asks for, and what the next page asks for, to the first one without a form.
    ///
    /// # Errors
    ///
    /// When there is no end to it, or a form has a field that it wasn't told about.
    pub fn sign_in(&self, url: &str) -> Result<Page> {
        let mut page = self.open(url)?;
        for _ in 0..MOST_PAGES {
            let Some(form) = Form::first(&page.html) else {
                return Ok(page);
            };
            page = self.submit(&page, &form)?;
        }
        bail!("there is no end to it: {}\n{}", page.url, page.html)
    }

    fn submit(&self, on: &Page, form: &Form) -> Result<Page> {
        let mut values = Vec::new();
        for field in &form.fields {
            let value = match self.fields.get(&field.name) {
                Some(value) => value.clone(),
                None if field.is_hidden || !field.value.is_empty() => field.value.clone(),
                None => bail!("{} asks for `{}`:\n{}", on.url, field.name, on.html),
            };
            values.push((field.name.clone(), value));
        }
        let url = Url::parse(&on.url)?.join(&form.action)?;
        let request = self.agent.post(url.as_str()).header("Accept", "text/html");
        // Some servers look at where a form comes from.
        let origin = url.origin().ascii_serialization();
        let request = request.header("Origin", origin).header("Referer", &on.url);
        page(
            request
                .send_form(values)
                .with_context(|| format!("can't submit to {url}"))?,
        )
    }
}

fn page(mut answer: http::Response<Body>) -> Result<Page> {
    Ok(Page {
        url: answer.get_uri().to_string(),
        status: answer.status().as_u16(),
        html: answer.body_mut().read_to_string()?,
    })
}

/// A form that is sent with POST.
struct Form {
    action: String,
    fields: Vec<Field>,
}

struct Field {
    name: String,
    value: String,
    is_hidden: bool,
}

impl Form {
    fn first(html: &str) -> Option<Self> {
        let mut tags = Tags(html);
        let start = tags.find(|tag| tag.name == "form" && tag.is("method", "post"))?;
        let mut fields = Vec::new();
        let mut has_button = false;
        for tag in tags.take_while(|tag| tag.name != "/form") {
            let Some(name) = tag.get("name").filter(|name| !name.is_empty()) else {
                continue;
            };
            if tag.get("disabled").is_some() {
                continue;
            }
            let kind = tag.get("type").unwrap_or_default().to_ascii_lowercase();
            let is_button = kind == "submit" || (tag.name == "button" && kind.is_empty());
            match (tag.name.as_str(), kind.as_str()) {
                ("input", "checkbox" | "radio") if tag.get("checked").is_none() => continue,
                ("input", "button" | "reset" | "image") => continue,
                // The first one is the one that the Enter key presses.
                ("input" | "button", _) if is_button && has_button => continue,
                ("input" | "button", _) => {}
                _ => continue,
            }
            has_button |= is_button;
            fields.push(Field {
                name,
                value: tag.get("value").unwrap_or_default(),
                is_hidden: is_button || kind == "hidden",
            });
        }
        Some(Self {
            action: start.get("action").unwrap_or_default(),
            fields,
        })
    }
}

/// The tags of a page, in their order.
struct Tags<'a>(&'a str);

struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn get(&self, name: &str) -> Option<String> {
        let mut attributes = self.attributes.iter();
        let found = attributes.find(|(known, _)| known == name)?;
        Some(found.1.clone())
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.get(name)
            .is_some_and(|found| found.eq_ignore_ascii_case(value))
    }
}

impl Iterator for Tags<'_> {
    type Item = Tag;

    fn next(&mut self) -> Option<Tag> {
        let start = self.0.find('<')?;
        let mut rest = &self.0[start + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            self.0 = comment.split_once("-->").map_or("", |(_, after)| after);
            return self.next();
        }
        let end = rest
            .find(|c: char| c.is_whitespace() || c == '>')
            .unwrap_or(rest.len());
        let name = rest[..end].to_ascii_lowercase();
        rest = &rest[end..];
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            if rest.is_empty() || rest.starts_with('>') {
                break;
            }
            let end = rest
                .find(|c: char| c.is_whitespace() || c == '=' || c == '>')
                .unwrap_or(rest.len());
            // A stray `=` is a name of its own, as in HTML.
            let end = end.max(1);
            let name = rest[..end].to_ascii_lowercase();
            rest = &rest[end..];
            let mut value = String::new();
            if let Some(after) = rest.trim_start().strip_prefix('=') {
                (value, rest) = attribute_value(after.trim_start());
            }
            attributes.push((name, value));
        }
        self.0 = rest;
        Some(Tag { name, attributes })
    }
}

/// An attribute's value, and what comes after it.
fn attribute_value(text: &str) -> (String, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            let (value, rest) = quoted.split_once(quote).unwrap_or((quoted, ""));
            return (unescape(value), rest);
        }
    }
    let end = text
        .find(|c: char| c.is_whitespace() || c == '>')
        .unwrap_or(text.len());
    (unescape(&text[..end]), &text[end..])
}

fn unescape(text: &str) -> String {
    let mut text = text.to_owned();
    for (escaped, plain) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#x3D;", "="),
        ("&amp;", "&"),
    ] {
        text = text.replace(escaped, plain);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_a_form_are_found() {
        let html = r#"<!-- <form method=post> --><p title="a > b">x</p><FORM method='POST' action=/go?a=1&amp;b=2>
            <input type="hidden" name="csrf" value="&quot;x&quot;"/>
            <input required name=login><input type=checkbox name=no><input type=checkbox name=yes value=1 checked>
            <button type="submit" name="action" value="allow">A</button><button name="action" value="deny">D</button>
            </form><input name="outside">"#;
        let form = Form::first(html).unwrap();
        assert_eq!(form.action, "/go?a=1&b=2");
        let fields: Vec<_> = form
            .fields
            .iter()
            .map(|field| (field.name.as_str(), field.value.as_str(), field.is_hidden))
            .collect();
        assert_eq!(
            fields,
            [
                ("csrf", "\"x\"", true),
                ("login", "", false),
                ("yes", "1", false),
                ("action", "allow", true)
            ]
        );
    }
}
