use serde_json::json;

use super::folder::Folder;
use super::*;

/// A document of several files, resolved.
struct Resolved {
    document: Document,
    diagnostics: Diagnostics,
    folder: Folder,
}

impl Resolved {
    /// The document is the first file.
    fn new(test: &str, files: &[(&str, &str)]) -> Self {
        Self::with(test, files, &Access::default())
    }

    fn with(test: &str, files: &[(&str, &str)], access: &Access) -> Self {
        let folder = Folder::new(test, files);
        Self::of(folder, files[0].0, access)
    }

    fn of(folder: Folder, root: &str, access: &Access) -> Self {
        let mut diagnostics = Diagnostics::new();
        let mut document = Document::load(&folder.0.join(root), &mut diagnostics).unwrap();
        document.resolve(access, &mut diagnostics);
        document.locate_all(&mut diagnostics);
        Self {
            document,
            diagnostics,
            folder,
        }
    }

    fn at(&self, pointer: &str) -> &Value {
        let found = self.document.root.pointer(pointer);
        found.unwrap_or_else(|| panic!("no {pointer} in {:#}", self.document.root))
    }

    fn place(&self, pointer: &str) -> String {
        let places = self.document.locate(&[Pointer::parse(pointer).unwrap()]);
        self.folder.place(places[0].as_ref().unwrap())
    }

    /// `place message` of every diagnostic.
    fn said(&self) -> Vec<String> {
        let say = |found: &crate::diagnostics::Diagnostic| {
            let place = self.folder.place(found.location.as_ref().unwrap());
            format!("{place} {}", found.message)
        };
        self.diagnostics.iter().map(say).collect()
    }

    fn schemas(&self) -> Vec<&str> {
        let schemas = self.at("/components/schemas").as_object().unwrap();
        schemas.keys().map(String::as_str).collect()
    }

    #[track_caller]
    fn silent(self) -> Self {
        assert_eq!(self.said(), [""; 0]);
        self
    }
}

/// A document with schemas that are given in YAML, two columns to the right of where they end up.
fn schemas(schemas: &str) -> String {
    format!("openapi: 3.1.0\ncomponents:\n  schemas:\n{schemas}")
}

const USER: &str = "    User: { properties: { pet: { $ref: ";

fn user(reference: &str) -> String {
    schemas(&format!("{USER}'{reference}' }} }} }}\n"))
}

#[test]
fn a_file_becomes_a_component_of_its_name() {
    let resolved = Resolved::new(
        "file",
        &[
            ("api.yaml", &user("schemas/Pet.yaml")),
            (
                "schemas/Pet.yaml",
                "type: object\nproperties:\n  owner: { $ref: owner.json }\n",
            ),
            ("schemas/owner.json", "{\n \"type\": \"string\"\n}"),
        ],
    )
    .silent();
    assert_eq!(resolved.schemas(), ["User", "Pet", "owner"]);
    assert_eq!(
        resolved.at("/components/schemas/User/properties/pet"),
        &json!({"$ref": "#/components/schemas/Pet"})
    );
    assert_eq!(
        resolved.at("/components/schemas/Pet/properties/owner"),
        &json!({"$ref": "#/components/schemas/owner"})
    );
    assert_eq!(
        resolved.place("/components/schemas/Pet/properties/owner"),
        "schemas/Pet.yaml:3:3"
    );
    assert_eq!(
        resolved.place("/components/schemas/owner/type"),
        "schemas/owner.json:2:2"
    );
    assert_eq!(resolved.place("/components/schemas/User"), "api.yaml:4:5");
    let names: Vec<_> = resolved
        .document
        .inputs()
        .into_iter()
        .map(|one| one.name)
        .collect();
    let folder = format!("{}/", resolved.folder.0.display());
    let names: Vec<_> = names.iter().map(|name| name.replace(&folder, "")).collect();
    assert_eq!(
        names,
        ["api.yaml", "schemas/Pet.yaml", "schemas/owner.json"]
    );
}

#[test]
fn fragments_are_pointers_anchors_and_identifiers() {
    let document = schemas(
        "    A: { properties: { a: { $ref: 'x.yaml#/components/schemas/Pet' }, b: { $ref: 'x.yaml#dog' },\n\
         \x20     c: { $ref: 'https://acme.com/cat' }, d: { $ref: 'x.yaml#/two%20words~1slash' } } }\n",
    );
    let resolved = Resolved::new(
        "fragments",
        &[
            ("api.yaml", &document),
            (
                "x.yaml",
                "components: { schemas: { Pet: { type: string } } }\n\
                 $defs: { hund: { $anchor: dog, type: number }, katze: { $id: 'https://acme.com/cat', type: 'null' } }\n\
                 two words/slash: { type: boolean }\n",
            ),
        ],
    )
    .silent();
    let target = |property: &str| {
        let reference = resolved.at(&format!("/components/schemas/A/properties/{property}/$ref"));
        resolved.at(&reference.as_str().unwrap()[1..])["type"].clone()
    };
    assert_eq!(
        [target("a"), target("b"), target("c"), target("d")],
        [
            json!("string"),
            json!("number"),
            json!("null"),
            json!("boolean")
        ]
    );
}

#[test]
fn a_component_that_is_a_file_keeps_its_name_for_all_who_refer_to_the_file() {
    let resolved = Resolved::new(
        "adopted",
        &[
            ("api.yaml", &schemas("    Animal: { $ref: pet.yaml }\n    Beast: { $ref: pet.yaml }\n")),
            ("pet.yaml", "properties: { mother: { $ref: './pet.yaml#' }, other: { $ref: 'api.yaml#/components/schemas/Beast' } }"),
        ],
    )
    .silent();
    assert_eq!(resolved.schemas(), ["Animal", "Beast"]);
    let own = json!({"$ref": "#/components/schemas/Animal"});
    assert_eq!(
        resolved.at("/components/schemas/Animal"),
        &json!({"properties": {"mother": own, "other": own}})
    );
    assert_eq!(resolved.at("/components/schemas/Beast"), &own);
}

#[test]
fn sections_and_path_items_come_in_the_place_of_their_references() {
    let resolved = Resolved::new(
        "places",
        &[
            ("api.yaml", "swagger: '2.0'\npaths: { $ref: paths/index.yaml }\ndefinitions: { $ref: definitions.yaml }\n"),
            ("paths/index.yaml", "/pets: { $ref: pets.yaml }\n"),
            (
                "paths/pets.yaml",
                "get:\n  responses:\n    200: { schema: { $ref: '../definitions.yaml#/Pet' } }\n    404: { $ref: '../errors.yaml#/none' }\n",
            ),
            ("definitions.yaml", "Pet: { $ref: pet.yaml }\nToy: { type: string }\n"),
            ("pet.yaml", "properties:\n  toy: { $ref: 'definitions.yaml#/Toy' }\n"),
            ("errors.yaml", "none: { description: gone, schema: { $ref: '#/problem' } }\nproblem: {}\n"),
        ],
    )
    .silent();
    let root = &resolved.document.root;
    assert_eq!(
        root["definitions"]["Pet"]["properties"]["toy"],
        json!({"$ref": "#/definitions/Toy"})
    );
    let responses = &root["paths"]["/pets"]["get"]["responses"];
    assert_eq!(
        responses["200"]["schema"],
        json!({"$ref": "#/definitions/Pet"})
    );
    assert_eq!(responses["404"], json!({"$ref": "#/responses/none"}));
    assert_eq!(
        root["responses"]["none"]["schema"],
        json!({"$ref": "#/definitions/problem"})
    );
    assert_eq!(
        resolved.place("/paths/~1pets/get/responses/404"),
        "paths/pets.yaml:4:5"
    );
    assert_eq!(
        resolved.place("/definitions/Pet/properties/toy"),
        "pet.yaml:2:3"
    );
    assert_eq!(resolved.place("/responses/none"), "errors.yaml:1:1");
}

#[test]
fn names_that_collide_get_those_of_their_files_whatever_the_order() {
    let files = [
        (
            "billing.yaml",
            "Error: { type: string }\nPet: { type: number }\n",
        ),
        ("shipping.yaml", "Error: { type: boolean }\n"),
    ];
    for order in [["billing", "shipping"], ["shipping", "billing"]] {
        let document = schemas(&format!(
            "    Pet: {{}}\n    A: {{ allOf: [{{ $ref: '{}.yaml#/Error' }}, {{ $ref: '{}.yaml#/Error' }}, {{ $ref: 'billing.yaml#/Pet' }}] }}\n",
            order[0], order[1]
        ));
        let mut all = vec![("api.yaml", document.as_str())];
        all.extend(files);
        let resolved = Resolved::new(&format!("collide-{}", order[0]), &all).silent();
        assert_eq!(
            resolved.schemas(),
            ["Pet", "A", "Error", "billing_Pet", "shipping_Error"]
        );
        assert_eq!(resolved.at("/components/schemas/Error/type"), "string");
    }
}

#[test]
fn circles_between_files_end() {
    let resolved = Resolved::new(
        "circles",
        &[
            (
                "api.yaml",
                &schemas(
                    "    A: { properties: { b: { $ref: b.yaml }, z: { $ref: 'z.yaml#/y' } } }\n",
                ),
            ),
            (
                "b.yaml",
                "properties: { c: { $ref: c.yaml }, b: { $ref: '#' } }",
            ),
            ("c.yaml", "properties: { b: { $ref: b.yaml } }"),
            ("z.yaml", "y: { $ref: '#/x' }\nx: { $ref: '#/y' }\n"),
        ],
    );
    assert_eq!(resolved.said(), ["z.yaml:2:6 `#/y` leads back to itself"]);
    assert_eq!(resolved.schemas(), ["A", "b", "c", "x"]);
    assert_eq!(
        resolved.at("/components/schemas/b/properties/b/$ref"),
        "#/components/schemas/b"
    );
}

#[test]
fn path_items_that_hold_themselves_are_cut_off() {
    let resolved = Resolved::new(
        "path-circle",
        &[
            (
                "api.yaml",
                "openapi: 3.0.3\npaths: { /a: { $ref: a.yaml } }\n",
            ),
            (
                "a.yaml",
                "get:\n  callbacks:\n    done: { '{$url}': { $ref: a.yaml } }\n",
            ),
        ],
    );
    assert_eq!(
        resolved.said(),
        ["a.yaml:3:25 `a.yaml` leads back to itself"]
    );
    assert!(
        resolved
            .at("/paths/~1a/get/callbacks/done/{$url}")
            .as_object()
            .unwrap()
            .is_empty()
    );
}

#[cfg(unix)]
#[test]
fn a_file_with_two_names_is_one() {
    let folder = Folder::new(
        "two-names",
        &[
            (
                "api.yaml",
                &schemas("    A: { allOf: [{ $ref: x/../pet.yaml }, { $ref: 'twin.yaml' }] }\n"),
            ),
            ("pet.yaml", "type: string"),
            ("x/y", ""),
        ],
    );
    std::os::unix::fs::symlink("pet.yaml", folder.0.join("twin.yaml")).unwrap();
    let resolved = Resolved::of(folder, "api.yaml", &Access::default()).silent();
    assert_eq!(resolved.schemas(), ["A", "pet"]);
}

#[cfg(unix)]
#[test]
fn what_lies_outside_of_the_folder_is_refused_unless_allowed() {
    let files = [
        (
            "inner/api.yaml",
            "openapi: 3.0.3\ncomponents:\n  schemas:\n    A: { $ref: ../outer.yaml }\n    B: { $ref: link.yaml }\n    C: { $ref: '..%2Fouter.yaml' }\n    D: { $ref: /etc/passwd }\n    E: { $ref: pipe }\n    F: { $ref: . }\n    G: { $ref: './none.yaml#/x' }\n",
        ),
        ("outer.yaml", "type: string"),
    ];
    let folder = Folder::new("outside", &files);
    std::os::unix::fs::symlink("../outer.yaml", folder.0.join("inner/link.yaml")).unwrap();
    let is_made = std::process::Command::new("mkfifo")
        .arg(folder.0.join("inner/pipe"))
        .status();
    assert!(is_made.unwrap().success());
    let outer = folder.0.clone();
    let resolved = Resolved::of(folder, "inner/api.yaml", &Access::default());
    assert_eq!(
        resolved.said(),
        [
            "inner/api.yaml:4:10 `../outer.yaml` lies outside of the document's folder, and is not read",
            "inner/api.yaml:5:10 `link.yaml` leads out of the document's folder, by a link, and is not read",
            "inner/api.yaml:6:10 `..%2Fouter.yaml` lies outside of the document's folder, and is not read",
            "inner/api.yaml:7:10 `/etc/passwd` lies outside of the document's folder, and is not read",
            "inner/api.yaml:9:10 `.` is no file",
            "inner/api.yaml:10:10 `./none.yaml#/x` does not exist",
        ]
    );
    assert_eq!(resolved.at("/components/schemas/A/$ref"), "../outer.yaml");
    let access = Access {
        folders: vec![outer],
        ..Access::default()
    };
    let resolved = Resolved::of(resolved.folder, "inner/api.yaml", &access);
    assert_eq!(
        resolved.at("/components/schemas/A"),
        &json!({"type": "string"})
    );
    assert_eq!(
        resolved.at("/components/schemas/B"),
        &json!({"$ref": "#/components/schemas/A"})
    );
}

#[cfg(unix)]
#[test]
fn pipes_are_not_opened() {
    let folder = Folder::new("pipe", &[("api.yaml", &user("./pipe.yaml"))]);
    let made = std::process::Command::new("mkfifo")
        .arg(folder.0.join("pipe.yaml"))
        .status();
    assert!(made.unwrap().success());
    let resolved = Resolved::of(folder, "api.yaml", &Access::default());
    assert_eq!(resolved.said(), ["api.yaml:4:34 `./pipe.yaml` is no file"]);
}

#[test]
fn a_broken_file_is_told_about_where_it_is_broken() {
    let resolved = Resolved::new(
        "broken",
        &[
            ("api.yaml", &user("pet.json")),
            ("pet.json", "{\"type\": \"string\"\n \"x\": 1}"),
        ],
    );
    assert_eq!(
        resolved.said(),
        [
            "pet.json:2:2 this is not valid JSON: expected `,` or `}`",
            "api.yaml:4:34 `pet.json` cannot be read, see there",
        ]
    );
    let broken = resolved.diagnostics.iter().next().unwrap().clone();
    assert!(resolved.document.into_sources().text_of(&broken).is_some());
}

#[test]
fn without_a_place_a_document_reads_nothing_unless_a_base_is_given() {
    let folder = Folder::new("base", &[("pet.yaml", "type: string")]);
    let resolve = |base: Option<String>| {
        let mut diagnostics = Diagnostics::new();
        let text = user("pet.yaml").into_bytes();
        let mut document = Document::parse("<stdin>", text, &mut diagnostics).unwrap();
        let access = Access {
            base,
            ..Access::default()
        };
        document.resolve(&access, &mut diagnostics);
        (
            document.root["components"]["schemas"]["pet"]["type"].clone(),
            diagnostics,
        )
    };
    let (found, diagnostics) = resolve(None);
    assert!(found.is_null());
    let hint = diagnostics.iter().next().unwrap().hint.as_deref();
    assert!(hint.unwrap().contains("--base"), "{hint:?}");
    let (found, diagnostics) = resolve(Some(folder.0.display().to_string()));
    assert_eq!(found, "string");
    assert!(diagnostics.is_empty());
}

#[test]
fn urls_are_refused_unless_allowed() {
    let resolved = Resolved::new(
        "url",
        &[("api.yaml", &user("https://acme.com/a/pet.yaml#/x"))],
    );
    assert_eq!(
        resolved.said(),
        ["api.yaml:4:34 `https://acme.com/a/pet.yaml#/x` is not fetched: it was not allowed"]
    );
    let hint = resolved.diagnostics.iter().next().unwrap().hint.clone();
    assert_eq!(
        hint.unwrap(),
        "`--allow-url https://acme.com/a/` allows for it"
    );
}

#[test]
fn what_a_file_calls_itself_is_where_its_references_start() {
    let resolved = Resolved::new(
        "self",
        &[
            (
                "api.yaml",
                "openapi: 3.2.0\n$self: https://acme.com/apis/api.yaml\ncomponents:\n  schemas:\n    A: { properties: { a: { $ref: https://acme.com/apis/x/pet.yaml }, b: { $ref: 'api.yaml#/components/schemas/A' } } }\n",
            ),
            ("x/pet.yaml", "$id: https://acme.com/schemas/pet\nproperties: { o: { $ref: ./owner }, p: { $ref: '#/$defs/toy' } }\n$defs: { toy: { $id: ./toy, $ref: '#/$defs/x', $defs: { x: { type: number } } } }\n"),
            ("x/owner", "type: string"),
        ],
    )
    .silent();
    assert_eq!(resolved.schemas(), ["A", "owner", "pet", "toy", "x"]);
    assert_eq!(
        resolved.at("/components/schemas/A/properties/b/$ref"),
        "#/components/schemas/A"
    );
    assert_eq!(
        resolved.at("/components/schemas/toy/$ref"),
        "#/components/schemas/x"
    );
}

#[test]
fn what_discriminators_map_to_moves_along() {
    let resolved = Resolved::new(
        "mapping",
        &[
            ("api.yaml", &user("pets.yaml#/components/schemas/Pet")),
            (
                "pets.yaml",
                "components:\n  schemas:\n    Pet:\n      oneOf: [{ $ref: '#/components/schemas/Cat' }]\n      discriminator: { propertyName: k, mapping: { c: Cat, d: '#/components/schemas/Dog', e: other.yaml, f: none.yaml } }\n    Cat: {}\n    Dog: {}\n",
            ),
            ("other.yaml", "{}"),
        ],
    )
    .silent();
    assert_eq!(
        resolved.at("/components/schemas/Pet/discriminator/mapping"),
        &json!({
            "c": "#/components/schemas/Cat",
            "d": "#/components/schemas/Dog",
            "e": "#/components/schemas/other",
            "f": "none.yaml",
        })
    );
}

#[test]
fn references_in_data_and_properties_of_that_name_are_none() {
    let text = "openapi: 3.0.3\nx-a: { $ref: a.yaml }\ncomponents:\n  schemas:\n    A:\n      example: { $ref: a.yaml }\n      default: { $ref: a.yaml }\n      properties: { $ref: { type: string }, b: { enum: [{ $ref: a.yaml }] } }\n";
    let resolved = Resolved::new("data", &[("api.yaml", text)]).silent();
    let parsed = Document::parse("api", text.as_bytes().to_vec(), &mut Diagnostics::new());
    assert_eq!(resolved.document.root, parsed.unwrap().root);
}

#[test]
fn what_authors_write_who_think_of_one_file_is_repaired() {
    let resolved = Resolved::new(
        "repaired-references",
        &[
            (
                "api.yaml",
                &schemas("    A: { properties: { b: { $ref: x/b.yaml } } }\n"),
            ),
            (
                "x/b.yaml",
                "allOf: [{ $ref: '#/components/schemas/A' }, { $ref: 'x/c.yaml' }]",
            ),
            ("x/c.yaml", "type: string"),
        ],
    );
    assert_eq!(
        resolved.said(),
        [
            "x/b.yaml:1:11 `#/components/schemas/A` is not in this file; the one in the document itself was taken",
            "x/b.yaml:1:47 `x/c.yaml` is not there; what it means in the document itself was taken",
        ]
    );
    assert_eq!(
        resolved.at("/components/schemas/b/allOf/1/$ref"),
        "#/components/schemas/c"
    );
}

#[test]
fn aliases_that_expand_in_many_files_are_bounded_together() {
    let leaf = "x".repeat(10_000);
    let tens = |from: &str, to: &str| {
        format!("{to}: &{to} [{}]\n", vec![format!("*{from}"); 10].join(","))
    };
    let bomb = format!("a: &a {leaf}\n") + &tens("a", "b") + &tens("b", "c") + &tens("c", "d");
    let names: Vec<_> = (0..20).map(|number| format!("{number}.yaml")).collect();
    let references = names
        .iter()
        .map(|name| format!("      - $ref: '{name}#/a'\n"));
    let document = schemas(&format!(
        "    A:\n     allOf:\n{}",
        references.collect::<String>()
    ));
    let mut files = vec![("api.yaml", document.as_str())];
    files.extend(names.iter().map(|name| (name.as_str(), bomb.as_str())));
    let resolved = Resolved::new("bombs", &files);
    let codes = resolved.diagnostics.counts_by_code();
    assert!(
        (10..20).contains(&codes[&Code::AliasExpansion]),
        "{codes:?}"
    );
}

#[test]
fn references_that_lead_through_many_others_cost_little() {
    // Each step would go through all others, and each of those as well.
    let step = |number: usize| {
        format!(
            "s{number}: {{ $ref: '#/s{}{}' }}\n",
            number + 1,
            "/x".repeat(20)
        )
    };
    let steps: String = (0..40).map(step).collect();
    let resolved = Resolved::new(
        "steps",
        &[("api.yaml", &user("x.yaml#/s0")), ("x.yaml", &steps)],
    );
    assert_eq!(resolved.said().len(), 1);
}

#[test]
fn files_that_are_put_in_place_within_each_other_are_bounded() {
    let callback = |next: usize| {
        format!("post: {{ callbacks: {{ c: {{ e: {{ $ref: p{next}.yaml }} }} }} }}\n")
    };
    let root = "openapi: 3.1.0\npaths: { /a: { $ref: p0.yaml } }\n".to_owned();
    let mut files = vec![("root.yaml".to_owned(), root)];
    files.extend((0..40).map(|n| (format!("p{n}.yaml"), callback(n + 1))));
    let files: Vec<_> = files
        .iter()
        .map(|(name, text)| (&**name, &**text))
        .collect();
    let said = Resolved::new("nested-files", &files).said();
    let [refused] = said.as_slice() else {
        panic!("{said:?}");
    };
    assert!(refused.starts_with("p31.yaml:1:"), "{refused}");
    assert!(
        refused.contains("`p32.yaml` is left out: more than 32 files"),
        "{refused}"
    );
}

#[test]
fn many_targets_of_the_same_name_are_named_quickly() {
    const COUNT: usize = 30_000;
    let pets = (0..COUNT).map(|n| format!("\"{n}\": {{ \"Pet\": {{}} }}"));
    let shared = format!("{{ {} }}", pets.collect::<Vec<_>>().join(", "));
    let users = (0..COUNT).map(|n| format!("\"p{n}\": {{ \"$ref\": \"s.json#/{n}/Pet\" }}"));
    let users = users.collect::<Vec<_>>().join(", ");
    let root = format!(
        r#"{{"openapi": "3.1.0", "components": {{ "schemas": {{ "User": {{ "properties": {{ {users} }} }} }} }} }}"#
    );
    let resolved = Resolved::new("same-names", &[("root.json", &root), ("s.json", &shared)]);
    assert_eq!(resolved.schemas().len(), COUNT + 1);
}
