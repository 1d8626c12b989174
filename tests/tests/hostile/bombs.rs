//! Documents that are hostile by their size, and too large to be kept.

/// A document that is made when it is needed.
pub struct Bomb {
    /// The name of its file, which says how it is to be read.
    pub file: &'static str,
    text: fn() -> String,
}

impl Bomb {
    /// The text of the document.
    pub fn make(&self) -> String {
        (self.text)()
    }
}

const MEGABYTE: usize = 1 << 20;

/// Every bomb.
pub fn all() -> Vec<Bomb> {
    let bomb = |file, text| Bomb { file, text };
    vec![
        bomb("spaces.json", || " ".repeat(50 * MEGABYTE)),
        bomb("spaces.yaml", || " ".repeat(50 * MEGABYTE)),
        bomb("brackets.json", || "[".repeat(50 * MEGABYTE)),
        bomb("brackets.yaml", || "[".repeat(50 * MEGABYTE)),
        bomb("braces.json", || "{\"a\":".repeat(10 * MEGABYTE)),
        bomb("dashes.yaml", || "- ".repeat(25 * MEGABYTE)),
        bomb("newlines.yaml", || "\n".repeat(50 * MEGABYTE)),
        bomb("comments.yaml", || "# \n".repeat(16 * MEGABYTE)),
        bomb("quotes.yaml", || {
            "\"".to_owned() + &"a".repeat(50 * MEGABYTE)
        }),
        bomb("anchors.yaml", || {
            (0..500_000).map(|n| format!("a{n}: &a{n} b\n")).collect()
        }),
        bomb("nested-values.json", || {
            document(&nested("[", "]", 10_000, "null"))
        }),
        bomb("nested-schemas.json", || {
            schema(&nested(
                r#"{"type":"array","items":"#,
                "}",
                10_000,
                r#"{"type":"string"}"#,
            ))
        }),
        bomb("nested-objects.json", || {
            schema(&nested(
                r#"{"type":"object","properties":{"a":"#,
                "}}",
                10_000,
                r#"{"type":"string"}"#,
            ))
        }),
        bomb("nested-compositions.json", || {
            schema(&nested(
                r#"{"allOf":["#,
                "]}",
                10_000,
                r#"{"type":"string"}"#,
            ))
        }),
        bomb("nested-flow.yaml", || {
            format!("openapi: 3.0.3\nx: {}", nested("[", "]", 10_000, "a"))
        }),
        bomb("nested-blocks.yaml", nested_blocks),
        bomb("nested-moderately.json", || {
            schema(&nested(
                r#"{"type":"array","items":"#,
                "}",
                100,
                r#"{"type":"string"}"#,
            ))
        }),
        bomb("long-chain.json", || {
            let link = |n| format!(r##""S{n}":{{"$ref":"#/components/schemas/S{}"}}"##, n + 1);
            schemas(&join((0..20_000).map(link)))
        }),
        bomb("long-inheritance.json", || {
            let link = |n| {
                format!(
                    r##""S{n}":{{"allOf":[{{"$ref":"#/components/schemas/S{}"}},{{"type":"object","properties":{{"p{n}":{{"type":"string"}}}}}}]}}"##,
                    n + 1
                )
            };
            schemas(&join((0..2_000).map(link)))
        }),
        bomb("long-enum.json", || {
            schema(&format!(
                r#"{{"type":"string","enum":[{}]}}"#,
                join((0..100_000).map(|n| format!("\"v{n}\"")))
            ))
        }),
        bomb("many-identifiers.json", || {
            let own = |n| format!(r#""S{n}":{{"$id":"https://example.com/s{n}","type":"string"}}"#);
            // What refers to another file has every schema looked through for what references start from.
            let other = r#""S0":{"$ref":"other.json"},"#;
            schemas(&format!("{other}{}", join((1..100_000).map(own))))
        }),
        bomb("wide-union.json", || {
            let variant =
                |n| format!(r#"{{"type":"object","properties":{{"p{n}":{{"type":"string"}}}}}}"#);
            schema(&format!(
                r#"{{"oneOf":[{}]}}"#,
                join((0..2_000).map(variant))
            ))
        }),
        bomb("wide-object.json", || {
            let property = |n| format!(r#""p{n}":{{"type":"string"}}"#);
            schema(&format!(
                r#"{{"type":"object","properties":{{{}}}}}"#,
                join((0..20_000).map(property))
            ))
        }),
        bomb("long-tuple.json", || {
            let item = |_| r#"{"type":"string"}"#.to_owned();
            schema(&format!(
                r#"{{"type":"array","prefixItems":[{}]}}"#,
                join((0..10_000).map(item))
            ))
        }),
        bomb("long-property.json", || {
            let name = "a".repeat(100_000);
            schema(&format!(
                r#"{{"type":"object","required":["{name}"],"properties":{{"{name}":{{"type":"string"}}}}}}"#
            ))
        }),
        bomb("same-names.json", || {
            let names = (0..1_000).map(|n| format!(r#""{}":{{"type":"string"}}"#, "-".repeat(n)));
            schema(&format!(
                r#"{{"type":"object","properties":{{{}}}}}"#,
                join(names)
            ))
        }),
        bomb("long-names.json", || {
            let name = "a b".repeat(30_000);
            let operation = format!(
                r#"{{"operationId":"{name}","tags":["{name}"],"responses":{{"200":{{"description":"Done."}}}}}}"#
            );
            with_paths(&format!(r#""/{name}":{{"get":{operation}}}"#))
        }),
        bomb("long-text.json", || {
            let text = "*/ \\n # ` < [".repeat(MEGABYTE / 2);
            schema(&format!(r#"{{"type":"object","description":"{text}"}}"#))
        }),
        bomb("many-parameters.json", || {
            let parameter =
                |n| format!(r#"{{"name":"p{n}","in":"query","schema":{{"type":"string"}}}}"#);
            let parameters = join((0..2_000).map(parameter));
            with_paths(&format!(
                r#""/a":{{"get":{{"parameters":[{parameters}],"responses":{{"200":{{"description":"Done."}}}}}}}}"#
            ))
        }),
        bomb("many-variables.json", || {
            let path = (0..2_000).map(|n| format!("/{{p{n}}}")).collect::<String>();
            with_paths(&format!(
                r#""{path}":{{"get":{{"responses":{{"200":{{"description":"Done."}}}}}}}}"#
            ))
        }),
        bomb("many-duplicates.json", || {
            let path = |n| {
                format!(
                    r#""/{n}":{{"get":{{"operationId":"same","responses":{{"200":{{"description":"Done."}}}}}}}}"#
                )
            };
            with_paths(&join((0..2_000).map(path)))
        }),
        bomb("many-extensions.json", || {
            let extensions = join((0..50_000).map(|n| format!(r#""x-{n}":{{}}"#)));
            with_paths(&format!(
                r#""/a":{{"get":{{"responses":{{"200":{{"description":"Done."}}}},{extensions}}}}}"#
            ))
        }),
        bomb("many-headers.json", || {
            let header = |n| format!(r#""X-{n}":{{"schema":{{"type":"string"}}}}"#);
            let headers = join((0..50_000).map(header));
            with_paths(&format!(
                r#""/a":{{"get":{{"responses":{{"200":{{"description":"Done.","headers":{{{headers}}}}}}}}}}}"#
            ))
        }),
        bomb("many-authorization-servers.json", || {
            let server = |n| {
                format!(
                    r#""s{n}":{{"type":"oauth2","flows":{{"clientCredentials":{{"tokenUrl":"https://s{n}.example.com/token","scopes":{{}}}}}}}}"#
                )
            };
            secured(&join((0..2_000).map(server)), r#"{"s1":[]}"#)
        }),
        bomb("many-scopes.json", || {
            let scopes = join((0..20_000).map(|n| format!(r#""s{n}":"Scope {n}""#)));
            let asked = join((0..20_000).map(|n| format!(r#""s{n}""#)));
            secured(
                &format!(
                    r#""o":{{"type":"oauth2","flows":{{"clientCredentials":{{"tokenUrl":"https://example.com/token","scopes":{{{scopes}}}}}}}}}"#
                ),
                &format!(r#"{{"o":[{asked}]}}"#),
            )
        }),
        bomb("long-enum-parameter.json", || {
            let values = join((0..20_000).map(|n| format!("\"v{n}\"")));
            with_paths(&format!(
                r#""/a":{{"get":{{"parameters":[{{"name":"a","in":"query","schema":{{"type":"string","enum":[{values}]}}}}],"responses":{{"200":{{"description":"Done."}}}}}}}}"#
            ))
        }),
        bomb("large-values.json", || {
            let list = r#"{"type":"array","minItems":1000000,"items":{"type":"array","minItems":1000000,"items":{"type":"string","minLength":1000000000}}}"#;
            with_paths(&format!(
                r#""/a":{{"post":{{"requestBody":{{"required":true,"content":{{"application/json":{{"schema":{list}}}}}}},"responses":{{"200":{{"description":"Done."}}}}}}}}"#
            ))
        }),
        bomb("costly-patterns.json", || {
            patterns(|n| format!(r#""pattern":"(a|b|c|d|e){{99}}{{20}}x*y*z*[0-9]+1{n}""#))
        }),
        bomb("empty-patterns.json", || {
            let example = "a".repeat(1_000);
            patterns(|n| format!(r#""pattern":"(){{9000}}{n}","example":"{example}""#))
        }),
        bomb("capturing-patterns.json", || {
            let groups = "(a)".repeat(40);
            patterns(|n| format!(r#""pattern":"({groups}){{200}}{n}","enum":["a"]"#))
        }),
        bomb("long-dangling-chain.json", || {
            let link = |n| {
                format!(
                    r##""P{n}":{{"$ref":"#/components/parameters/P{}"}}"##,
                    n + 1
                )
            };
            let links = join((0..20_000).map(link));
            format!(
                r#"{{"openapi":"3.1.0","info":{{"title":"Bomb","version":"1.0.0"}},"paths":{{}},"components":{{"parameters":{{{links}}}}}}}"#
            )
        }),
        bomb("many-mistakes.json", || {
            let path = |n| {
                format!(
                    r##""/{n}":{{"get":{{"responses":{{"200":{{"$ref":"#/components/responses/R{n}"}}}}}}}}"##
                )
            };
            with_paths(&join((0..2_000).map(path)))
        }),
    ]
}

/// A document with nothing but an extension.
fn document(extension: &str) -> String {
    format!(
        r#"{{"openapi":"3.1.0","info":{{"title":"Bomb","version":"1.0.0"}},"paths":{{}},"x-bomb":{extension}}}"#
    )
}

fn with_paths(paths: &str) -> String {
    format!(
        r#"{{"openapi":"3.1.0","info":{{"title":"Bomb","version":"1.0.0"}},"paths":{{{paths}}}}}"#
    )
}

/// A document whose operations have a parameter of their own each, a text of which something is said.
fn patterns(said: impl Fn(usize) -> String) -> String {
    let path = |n| {
        format!(
            r#""/{n}":{{"get":{{"parameters":[{{"name":"a","in":"query","required":true,"schema":{{"type":"string",{}}}}}],"responses":{{"200":{{"description":"Done."}}}}}}}}"#,
            said(n)
        )
    };
    with_paths(&join((0..100).map(path)))
}

/// A document with these security schemes, and an operation that asks for one.
fn secured(schemes: &str, asked: &str) -> String {
    format!(
        r#"{{"openapi":"3.0.3","info":{{"title":"Bomb","version":"1.0.0"}},"paths":{{"/a":{{"get":{{"security":[{asked}],"responses":{{"200":{{"description":"Done."}}}}}}}}}},"components":{{"securitySchemes":{{{schemes}}}}}}}"#
    )
}

/// A document with one operation that answers with the first schema.
fn schemas(members: &str) -> String {
    format!(
        r##"{{"openapi":"3.1.0","info":{{"title":"Bomb","version":"1.0.0"}},"paths":{{"/a":{{"get":{{"operationId":"a","responses":{{"200":{{"description":"Done.","content":{{"application/json":{{"schema":{{"$ref":"#/components/schemas/S0"}}}}}}}}}}}}}}}},"components":{{"schemas":{{{members}}}}}}}"##
    )
}

/// A document with one operation that answers with `schema`.
fn schema(schema: &str) -> String {
    schemas(&format!(r#""S0":{schema}"#))
}

fn nested(open: &str, close: &str, depth: usize, inside: &str) -> String {
    open.repeat(depth) + inside + &close.repeat(depth)
}

fn nested_blocks() -> String {
    let mut text = "openapi: 3.0.3\nx:\n".to_owned();
    for depth in 1..4_000 {
        text += &" ".repeat(depth);
        text += "a:\n";
    }
    text
}

fn join(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(",")
}
