//! `[operations.ID.paging]` and `[operations.ID.long-running]`.

use std::fmt;
use std::ops::Range;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use toml::Spanned;

use super::Switch;

/// A place in an answer, such as `data.items`, or the name of a parameter.
pub type Place = Spanned<String>;

/// How an operation hands out pages.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Paging {
    /// What leads to the next page.
    pub by: Spanned<PagingWay>,
    /// Where the elements are in the answer; empty for the answer itself.
    pub items: Option<Place>,
    /// Where the URL or cursor of the next page is in the answer.
    pub next: Option<Place>,
    /// The query parameter, or with `in-body` the property of the body, that asks for a page.
    pub parameter: Option<Place>,
    /// Whether `parameter` is a property of the body.
    #[serde(default)]
    pub in_body: bool,
    /// Where the answer says whether there is more.
    pub more: Option<Place>,
    /// Where the answer says how many elements there are.
    pub total: Option<Place>,
    /// Where the answer says how many pages there are.
    pub total_pages: Option<Place>,
    /// The member of an element that stands for it.
    pub id: Option<Place>,
    /// The number of the first page or element, where the caller names none.
    pub first: Option<Spanned<u32>>,
}

/// How an operation ends that goes on after its answer.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct LongRunning {
    /// Where its result is; where the answers suggest if absent.
    #[serde(rename = "final")]
    pub final_state: Option<FinalState>,
    /// Where the status is in the answers.
    pub status: Option<Place>,
    /// Where the result is in the last status.
    pub result: Option<Place>,
}

/// A key, where it stands, the ways that need it and those that may have it.
type Key<'k> = (
    &'k str,
    Option<Range<usize>>,
    &'k [PagingWay],
    &'k [PagingWay],
);

/// Where the result of a long-running operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FinalState {
    /// At the `Location` of the first answer.
    Location,
    /// At the URL of the call.
    OriginalUri,
    /// In the last status.
    Monitor,
}

/// What leads to the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PagingWay {
    /// A URL in the answer.
    Link,
    /// A `Link` header.
    LinkHeader,
    /// A cursor in the answer.
    Cursor,
    /// The id of the last element.
    LastItem,
    /// How many elements come before the page.
    Offset,
    /// The number of the page.
    Page,
}

impl Paging {
    /// Whether the keys go with the way that is chosen.
    pub(super) fn check(&self, table: &Range<usize>) -> Result<(), (Range<usize>, String)> {
        use PagingWay::{Cursor, LastItem, Link, LinkHeader, Offset, Page};
        let way = *self.by.get_ref();
        let keys: [Key<'_>; 7] = [
            ("next", span(&self.next), &[Link, Cursor], &[]),
            (
                "parameter",
                span(&self.parameter),
                &[Cursor, LastItem, Offset, Page],
                &[],
            ),
            (
                "more",
                span(&self.more),
                &[],
                &[Cursor, LastItem, Offset, Page],
            ),
            ("total", span(&self.total), &[], &[Offset, Page]),
            ("total-pages", span(&self.total_pages), &[], &[Page]),
            ("id", span(&self.id), &[LastItem], &[]),
            (
                "first",
                self.first.as_ref().map(Spanned::span),
                &[],
                &[Offset, Page],
            ),
        ];
        for (key, found, needed, allowed) in keys {
            match found {
                None if needed.contains(&way) => {
                    return Err((table.clone(), format!("`{key}` is missing")));
                }
                Some(at) if !needed.contains(&way) && !allowed.contains(&way) => {
                    let message = format!("`{key}` does not go with pages by {way}");
                    return Err((at, message));
                }
                _ => {}
            }
        }
        if self.in_body && matches!(way, Link | LinkHeader) {
            let message = format!("`in-body` does not go with pages by {way}");
            return Err((table.clone(), message));
        }
        Ok(())
    }
}

fn span(place: &Option<Place>) -> Option<Range<usize>> {
    place.as_ref().map(Spanned::span)
}

impl fmt::Display for PagingWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Link => "link",
            Self::LinkHeader => "link-header",
            Self::Cursor => "cursor",
            Self::LastItem => "last-item",
            Self::Offset => "offset",
            Self::Page => "page",
        })
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Switch<Spanned<T>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let either = Spanned::<Either<T>>::deserialize(deserializer)?;
        let span = either.span();
        Ok(match either.into_inner() {
            Either::Off => Self::Off,
            Either::Table(table) => Self::On(Spanned::new(span, table)),
        })
    }
}

/// `serde`'s untagged enums would lose the places within the table.
enum Either<T> {
    Off,
    Table(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Either<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Kinds<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Kinds<T> {
            type Value = Either<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table, or `false`")
            }

            fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Self::Value, E> {
                match value {
                    false => Ok(Either::Off),
                    true => Err(E::custom("`true` says nothing: a table, or `false`")),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Either::Table)
            }
        }

        deserializer.deserialize_any(Kinds(std::marker::PhantomData))
    }
}
