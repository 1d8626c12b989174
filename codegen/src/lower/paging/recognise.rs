//! Pages that an operation does not announce, where its parameters and its answer leave no doubt.
//!
//! A wrong guess loses elements without a word, a missing one costs a line in `connector.toml`. So a rule needs two sides that fit:
//! a parameter that takes a position, and an answer that has one list and says what comes next.

use super::shape::{Member, folded, list, member, members, object, plain};
use super::{Hints, success};
use crate::model::{
    BodyKind, KnownBy, Location, Model, Operation, Paging, PagingWay, Scalar, Type,
};

/// Properties whose value is the URL of the next page.
const URLS: [&str; 9] = [
    "nexthref",
    "nextlink",
    "nextlinkurl",
    "nextpagelink",
    "nextpageuri",
    "nextpageurl",
    "nexturi",
    "nexturl",
    "odatanextlink",
];

/// Parameters that take a cursor, and the properties that hand it out.
const CURSORS: [(&str, &[&str]); 11] = [
    ("after", &["nextcursor", "next", "endcursor"]),
    ("continuation", &["continuation"]),
    (
        "continuationtoken",
        &["continuationtoken", "nextcontinuationtoken"],
    ),
    ("cursor", &["nextcursor", "next", "endcursor"]),
    ("marker", &["nextmarker"]),
    ("nextcursor", &["nextcursor"]),
    ("nexttoken", &["nexttoken"]),
    ("offset", &["nextoffset"]),
    ("page", &["nextpage"]),
    ("pagetoken", &["nextpagetoken"]),
    ("startcursor", &["nextcursor", "endcursor"]),
];

/// Flags that say whether there is more.
const FLAGS: [&str; 4] = ["hasmore", "hasnext", "hasnextpage", "more"];

/// Parameters that take the id of the last element.
const AFTER: [&str; 3] = ["after", "afterid", "startingafter"];

/// Parameters that take the number of elements before the page.
const OFFSETS: [&str; 2] = ["offset", "skip"];

/// Parameters that take the number of a page.
const PAGES: [&str; 3] = ["page", "pageno", "pagenumber"];

/// Parameters that take the size of a page.
const SIZES: [&str; 10] = [
    "count",
    "limit",
    "maxresults",
    "number",
    "pagelimit",
    "pagesize",
    "perpage",
    "size",
    "take",
    "top",
];

/// Counts of all elements.
const TOTALS: [&str; 5] = [
    "total",
    "totalcount",
    "totalitems",
    "totalrecords",
    "totalresults",
];

/// Counts of pages.
const TOTAL_PAGES: [&str; 2] = ["pagecount", "totalpages"];

/// What an operation looks like.
struct Seen<'a> {
    models: &'a [Model],
    operation: &'a Operation,
    hints: &'a Hints,
    members: Vec<Member<'a>>,
    /// The type of an element.
    item: &'a Type,
}

/// How an operation hands out pages, if there is no doubt.
pub(super) fn paging(operation: &Operation, models: &[Model], hints: &Hints) -> Option<Paging> {
    let answer = success(&operation.output)?;
    let (items, item) = list(models, answer)?;
    let seen = Seen {
        models,
        operation,
        hints,
        members: members(models, answer),
        item,
    };
    let mut paging = Paging::new(PagingWay::LinkHeader, &items, KnownBy::Shape);
    match operation.method.as_str() {
        "GET" => {
            let way = seen
                .link_header()
                .or_else(|| seen.link())
                .or_else(|| seen.cursor(seen.texts()))
                .or_else(|| seen.last_item());
            paging.way = way.or_else(|| seen.offset()).or_else(|| seen.page())?;
        }
        // Only what asks and answers with the same word is sure to be no more than a question.
        "POST" => {
            paging.way = seen.cursor(seen.properties())?;
            paging.in_body = true;
        }
        _ => return None,
    }
    match &paging.way {
        PagingWay::Link(_) | PagingWay::LinkHeader => {}
        PagingWay::Cursor { .. } | PagingWay::LastItem { .. } => paging.more = seen.flag(),
        PagingWay::Offset { .. } => {
            paging.more = seen.flag();
            paging.total = seen.count(&TOTALS);
        }
        PagingWay::Page { .. } => {
            paging.more = seen.flag();
            paging.total = seen.count(&TOTALS);
            paging.total_pages = seen.count(&TOTAL_PAGES);
        }
    }
    Some(paging)
}

impl<'a> Seen<'a> {
    /// A documented `Link` header. If it leads nowhere, the list has one page, as without this.
    fn link_header(&self) -> Option<PagingWay> {
        let mut headers = self.operation.headers.iter();
        let found = headers.any(|header| header.wire.as_str().eq_ignore_ascii_case("link"));
        found.then_some(PagingWay::LinkHeader)
    }

    fn link(&self) -> Option<PagingWay> {
        let urls = self.members.iter().filter(|member| {
            is_text(member.ty)
                && match (member.inside.as_str(), member.name.as_str()) {
                    ("next", "href" | "url" | "uri") | ("links", "next") => true,
                    (_, "next") => speaks_of_url(member),
                    (_, name) => URLS.contains(&name),
                }
        });
        only(urls).map(|member| PagingWay::Link(member.place.clone()))
    }

    fn cursor(&self, parameters: Vec<&'a str>) -> Option<PagingWay> {
        let pairs = parameters.into_iter().flat_map(|parameter| {
            let name = folded(parameter);
            let known = CURSORS.iter().filter(move |(taken, _)| *taken == name);
            known.flat_map(move |(taken, names)| {
                let members = self.members.iter();
                let members = members.filter(move |member| {
                    let fits = names.contains(&member.name.as_str())
                        || (*taken == "offset"
                            && member.inside == "nextpage"
                            && member.name == "offset");
                    fits && is_text(member.ty) && !speaks_of_url(member)
                });
                members.map(move |member| (parameter, member))
            })
        });
        let (parameter, member) = only(pairs)?;
        Some(PagingWay::Cursor {
            next: member.place.clone(),
            parameter: parameter.to_owned(),
        })
    }

    /// The id of the last element leads on, and a flag says whether it should.
    fn last_item(&self) -> Option<PagingWay> {
        let texts = self.texts().into_iter();
        let parameter = only(texts.filter(|name| AFTER.contains(&folded(name).as_str())))?;
        self.flag()?;
        let last = self
            .members
            .iter()
            .filter(|member| member.name == "lastid" && is_text(member.ty));
        if let Some(last) = only(last) {
            return Some(PagingWay::Cursor {
                next: last.place.clone(),
                parameter: parameter.to_owned(),
            });
        }
        let id = member(self.models, self.item, "id")?;
        is_text(plain(self.models, id)).then(|| PagingWay::LastItem {
            id: "id".to_owned(),
            parameter: parameter.to_owned(),
        })
    }

    fn offset(&self) -> Option<PagingWay> {
        let parameter = self.number(&OFFSETS)?;
        self.number(&SIZES)?;
        let first = self.hints.number(self.operation, parameter).unwrap_or(0);
        (first == 0).then(|| PagingWay::Offset {
            parameter: parameter.to_owned(),
            first,
        })
    }

    /// Where nothing says whether the first page is 0 or 1, the second one is unknown.
    fn page(&self) -> Option<PagingWay> {
        let parameter = self.number(&PAGES)?;
        self.number(&SIZES)?;
        let first = self.hints.number(self.operation, parameter)?;
        (first <= 1).then(|| PagingWay::Page {
            parameter: parameter.to_owned(),
            first,
        })
    }

    /// The query parameters that take text.
    fn texts(&self) -> Vec<&'a str> {
        let parameters = self.operation.parameters.iter().filter(|parameter| {
            parameter.location == Location::Query
                && !parameter.required
                && is_text(plain(self.models, &parameter.ty))
        });
        parameters
            .map(|parameter| parameter.wire.as_str())
            .collect()
    }

    /// The properties of the body that take text.
    fn properties(&self) -> Vec<&'a str> {
        let body = self.operation.bodies.first().map(|body| &body.kind);
        let Some(BodyKind::Json(body)) = body else {
            return Vec::new();
        };
        let fields = object(self.models, body).map_or(&[][..], |body| &body.fields);
        let fields = fields
            .iter()
            .filter(|field| is_text(plain(self.models, &field.ty)));
        fields.map(|field| field.wire.as_str()).collect()
    }

    /// The only query parameter among these names that takes a whole number.
    fn number(&self, names: &[&str]) -> Option<&'a str> {
        let parameters = self.operation.parameters.iter().filter(|parameter| {
            parameter.location == Location::Query
                && names.contains(&folded(parameter.wire.as_str()).as_str())
                && is_number(plain(self.models, &parameter.ty))
        });
        only(parameters).map(|parameter| parameter.wire.as_str())
    }

    fn flag(&self) -> Option<String> {
        let flags = self.members.iter().filter(|member| {
            FLAGS.contains(&member.name.as_str()) && *member.ty == Type::Scalar(Scalar::Bool)
        });
        only(flags).map(|member| member.place.clone())
    }

    fn count(&self, names: &[&str]) -> Option<String> {
        let counts = self
            .members
            .iter()
            .filter(|member| names.contains(&member.name.as_str()) && is_number(member.ty));
        only(counts).map(|member| member.place.clone())
    }
}

fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.next().is_none().then_some(first)
}

fn is_text(ty: &Type) -> bool {
    *ty == Type::STRING
}

fn is_number(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Scalar(Scalar::I32 | Scalar::I64 | Scalar::U32 | Scalar::U64)
    )
}

/// Whether the document says that a property is a URL.
fn speaks_of_url(member: &Member<'_>) -> bool {
    let said = [&member.docs.summary, &member.docs.description];
    said.into_iter().flatten().any(|text| {
        let mut words = text.split(|character: char| !character.is_ascii_alphanumeric());
        words.any(|word| {
            ["url", "uri", "urls", "uris", "link", "href"]
                .iter()
                .any(|wanted| word.eq_ignore_ascii_case(wanted))
        })
    })
}
