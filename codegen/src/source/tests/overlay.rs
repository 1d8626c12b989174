use serde_json::json;

use super::folder::Folder;
use super::*;

const DOCUMENT: &str = "\
openapi: 3.0.3
info: { title: A, version: '1' }
tags: [{ name: a }, { name: b }, { name: c }]
paths:
  /a:
    get: { operationId: a, tags: [x, y], deprecated: true }
    put: { operationId: b }
  /b:
    get: { operationId: c, x-hidden: true }
";

/// Applies an overlay with these actions to the document.
fn apply(test: &str, actions: &str) -> (Result<Document, SourceError>, Diagnostics, Folder) {
    let overlay =
        format!("overlay: 1.1.0\ninfo: {{ title: o, version: '1' }}\nactions:\n{actions}");
    apply_whole(test, DOCUMENT, &overlay)
}

fn apply_whole(
    test: &str,
    document: &str,
    overlay: &str,
) -> (Result<Document, SourceError>, Diagnostics, Folder) {
    let files = [("api.yaml", document), ("o.yaml", overlay)];
    let folder = Folder::new(&format!("overlay-{test}"), &files);
    let mut diagnostics = Diagnostics::new();
    let mut document = Document::load(&folder.0.join("api.yaml"), &mut diagnostics).unwrap();
    let applied = document.overlay(&folder.0.join("o.yaml"), &mut diagnostics);
    (applied.map(|()| document), diagnostics, folder)
}

fn applied(test: &str, actions: &str) -> (Value, Document, Folder) {
    let (document, diagnostics, folder) = apply(test, actions);
    let document = document.unwrap();
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    (document.root.clone(), document, folder)
}

/// The place and message of the error.
fn failed(test: &str, actions: &str) -> String {
    let (document, _, folder) = apply(test, actions);
    let error = document.unwrap_err();
    assert!(error.text().is_some());
    folder.place(error.diagnostic().location.as_ref().unwrap()) + " " + &error.diagnostic().message
}

#[test]
fn updates_merge_mappings_append_to_lists_and_replace_the_rest() {
    let (root, document, folder) = applied(
        "update",
        "- target: $\n  update:\n    info: { title: B, contact: { name: C } }\n    tags:\n    - name: d\n- target: $.tags\n  update: { name: e }\n- target: $.paths['/a'].get.operationId\n  update: z\n- target: $.paths.*.get\n  update: { x-new: 1 }\n",
    );
    assert_eq!(
        root["info"],
        json!({"title": "B", "version": "1", "contact": {"name": "C"}})
    );
    let tags: Vec<_> = root["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| &tag["name"])
        .collect();
    assert_eq!(tags, ["a", "b", "c", "d", "e"]);
    assert_eq!(root["paths"]["/a"]["get"]["operationId"], "z");
    assert_eq!(root["paths"]["/b"]["get"]["x-new"], 1);
    let pointers = [
        "/info/title",
        "/info/version",
        "/info/contact/name",
        "/tags/2",
        "/tags/3/name",
        "/tags/4",
        "/paths/~1a/get/operationId",
        "/paths/~1b/get/x-new",
        "/paths/~1b/get",
    ];
    let pointers = pointers.map(|pointer| Pointer::parse(pointer).unwrap());
    let places = document.locate(&pointers);
    let places: Vec<_> = places
        .iter()
        .map(|place| folder.place(place.as_ref().unwrap()))
        .collect();
    assert_eq!(
        places,
        [
            "o.yaml:6:13",
            "api.yaml:2:19",
            "o.yaml:6:34",
            "api.yaml:3:34",
            "o.yaml:8:7",
            "o.yaml:10:3",
            "o.yaml:12:3",
            "o.yaml:14:13",
            "api.yaml:9:5",
        ]
    );
}

#[test]
fn what_is_removed_is_gone_and_what_moves_up_keeps_its_place_in_the_file() {
    let (root, document, folder) = applied(
        "remove",
        "- target: $.tags[?@.name == 'b']\n  remove: true\n- target: $.paths[?@.get['x-hidden']]\n  remove: true\n- target: $.paths.*.get.tags[?@ == 'x']\n  remove: true\n- target: $.tags\n  update: { name: d }\n- target: $.tags[0]\n  remove: true\n",
    );
    assert_eq!(root["tags"], json!([{"name": "c"}, {"name": "d"}]));
    assert_eq!(root["paths"].as_object().unwrap().len(), 1);
    assert_eq!(root["paths"]["/a"]["get"]["tags"], json!(["y"]));
    let pointers = ["/tags/0", "/tags/1/name", "/paths/~1a/get/tags/0"];
    let pointers = pointers.map(|pointer| Pointer::parse(pointer).unwrap());
    let places = document.locate(&pointers);
    let places: Vec<_> = places
        .iter()
        .map(|place| folder.place(place.as_ref().unwrap()))
        .collect();
    assert_eq!(places, ["api.yaml:3:34", "o.yaml:11:13", "api.yaml:6:38"]);
}

#[test]
fn copies_take_what_the_document_has() {
    let (root, document, folder) = applied(
        "copy",
        "- target: $.paths\n  update: { /c: {} }\n- target: $.paths['/c']\n  copy: $.paths['/a']\n- target: $.paths['/a']\n  remove: true\n",
    );
    assert_eq!(root["paths"]["/c"]["put"], json!({"operationId": "b"}));
    assert!(root["paths"].get("/a").is_none());
    let place = document.locate(&[Pointer::parse("/paths/~1c/put/operationId").unwrap()]);
    assert_eq!(folder.place(place[0].as_ref().unwrap()), "api.yaml:7:12");
    assert_eq!(
        failed("copy-many", "- target: $.info\n  copy: $.paths.*\n"),
        "o.yaml:5:3 `copy` must select one value, and selects 2"
    );
}

#[test]
fn a_target_that_matches_nothing_is_a_warning_in_the_overlay() {
    let (document, mut diagnostics, folder) = apply(
        "unmatched",
        "- target: $.paths['/none']\n  remove: true\n- target: $.info\n  update: { title: T }\n",
    );
    let document = document.unwrap();
    assert_eq!(document.root["info"]["title"], "T");
    document.locate_all(&mut diagnostics);
    let found = diagnostics.iter().next().unwrap();
    assert_eq!(found.code, Code::OverlayUnmatched);
    assert_eq!(folder.place(found.location.as_ref().unwrap()), "o.yaml:4:3");
}

#[test]
fn what_cannot_be_carried_out_is_an_error_at_its_place() {
    for (actions, start) in [
        (
            "- target: $.paths[/a]\n  remove: true\n",
            "o.yaml:4:3 this is no JSONPath",
        ),
        (
            "- target: 1\n  remove: true\n",
            "o.yaml:4:3 a JSONPath is a string",
        ),
        ("- remove: true\n", "o.yaml:4:3 an action needs a `target`"),
        ("- target: $.info\n", "o.yaml:4:3 an action needs one of"),
        (
            "- target: $\n  remove: true\n",
            "o.yaml:4:3 the document itself can't be removed",
        ),
        (
            "- target: $.info\n  update: { title: { a: 1 } }\n",
            "o.yaml:5:13 this is a mapping",
        ),
        (
            "- target: $.paths\n  update: 1\n",
            "o.yaml:5:3 this is neither a mapping nor a list",
        ),
        (
            "- target: $['info', 'tags']\n  update: {}\n",
            "o.yaml:5:3 the target selects values of different kinds",
        ),
        ("- 1\n", "o.yaml:4:3 an action is a mapping"),
    ] {
        let message = failed("wrong", actions);
        assert!(message.starts_with(start), "{message}\n{actions}");
    }
    let deep = format!(
        "- target: $[?{}@.a{}]\n  remove: true\n",
        "(".repeat(5_000),
        ")".repeat(5_000)
    );
    assert!(failed("deep", &deep).contains("nested too deeply"));
}

#[test]
fn an_overlay_has_a_version_and_actions() {
    for (overlay, start) in [
        ("openapi: 3.0.3\n", "this is no overlay"),
        (
            "overlay: 2.0.0\nactions: [{ target: $, update: {} }]\n",
            "version 2.0.0 of overlays is not known",
        ),
        ("overlay: 1.0.0\n", "an overlay has a list `actions`"),
        (
            "overlay: 1.0.0\nactions: []\n",
            "an overlay has a list `actions`",
        ),
    ] {
        let (document, ..) = apply_whole("version", DOCUMENT, overlay);
        let error = document.unwrap_err();
        assert!(error.diagnostic().message.starts_with(start), "{error}");
    }
}

#[test]
fn actions_can_be_reused() {
    let overlay = "overlay: 1.2.0\ncomponents: { actions: { hide: { fields: { remove: true } } } }\nactions:\n- { target: '$.paths.*[?@.deprecated]', description: no method, $ref: '#/components/actions/hide' }\n- { target: $.tags, $ref: '#/components/actions/hide' }\n";
    let (document, ..) = apply_whole("reused", DOCUMENT, overlay);
    let root = document.unwrap().root;
    assert!(root.get("tags").is_none());
    assert!(root["paths"]["/a"].get("get").is_none());
    let (document, ..) = apply_whole(
        "reused-none",
        DOCUMENT,
        &overlay.replace("actions/hide' }\n- ", "actions/none' }\n- "),
    );
    assert!(
        document
            .unwrap_err()
            .to_string()
            .contains("names no action")
    );
}

#[test]
fn an_overlay_for_another_document_is_applied_with_a_warning() {
    for (extends, count) in [
        ("api.yaml", 0),
        ("./o.yaml", 1),
        ("none.yaml", 0),
        ("https://a.com/x", 0),
    ] {
        let overlay = format!(
            "overlay: 1.0.0\nextends: {extends}\nactions: [{{ target: $.info, update: {{ title: T }} }}]\n"
        );
        let (document, diagnostics, _folder) = apply_whole("extends", DOCUMENT, &overlay);
        assert_eq!(document.unwrap().root["info"]["title"], "T");
        assert_eq!(
            diagnostics
                .counts_by_code()
                .get(&Code::OverlayMismatch)
                .copied()
                .unwrap_or(0),
            count
        );
    }
}

#[test]
fn growth_is_bounded() {
    let doubling = "- { target: $.info, copy: $ }\n".repeat(40);
    let (document, ..) = apply("growth", &doubling);
    let code = document.unwrap_err().diagnostic().code;
    assert!(
        matches!(code, Code::DocumentTooLarge | Code::NestedTooDeep),
        "{code}"
    );
    let nest = "- { target: '$..a', update: { a: { a: { a: {} } } } }\n".repeat(60);
    let (document, ..) = apply(
        "nest",
        &format!("- {{ target: $.info, update: {{ a: {{}} }} }}\n{nest}"),
    );
    assert!(document.is_err());
}

#[test]
fn text_that_is_added_many_times_is_bounded() {
    let list = ["{}"; 70].join(", ");
    let long = "x".repeat(1 << 20);
    let actions = format!(
        "- {{ target: $.info, update: {{ list: [{list}] }} }}\n- {{ target: '$.info.list[*]', update: {{ text: {long} }} }}\n"
    );
    let (document, ..) = apply("text", &actions);
    let code = document.unwrap_err().diagnostic().code;
    assert_eq!(code, Code::DocumentTooLarge);
}

#[test]
fn queries_that_ask_for_work_without_bound_are_errors() {
    let list =
        "- { target: $.info, update: { list: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] } }\n".repeat(200);
    for (name, query) in [
        (
            "lists",
            "$..[*,*,*,*][*,*,*,*][*,*,*,*][*,*,*,*][*,*,*,*][*,*,*,*]",
        ),
        ("counts", "$..[?count($..*) > count($..[?count($..*) > 1])]"),
        ("expressions", "$..[?search(@, '(a{900}){900}')]"),
    ] {
        let action = format!("- {{ target: \"{query}\", remove: true }}\n");
        let said = failed(name, &format!("{list}{action}"));
        assert!(said.contains("o.yaml:204:"), "{said}");
        assert!(said.contains("may look at more than"), "{said}");
    }
}

#[test]
fn filters_deep_inside_of_one_another_are_not_read() {
    let query = format!("$[?{}@.a{}]", "@[?".repeat(12), "]".repeat(12));
    let said = failed(
        "filters",
        &format!("- {{ target: \"{query}\", remove: true }}\n"),
    );
    assert!(said.contains("nested too deeply"), "{said}");
}

#[test]
fn what_overlays_refer_to_starts_from_the_document() {
    let (document, mut diagnostics, folder) = apply(
        "refer",
        "- target: $\n  update: { components: { schemas: { P: { $ref: x/p.yaml } } } }\n",
    );
    folder.write("x/p.yaml", "type: string");
    let mut document = document.unwrap();
    document.resolve(&Access::default(), &mut diagnostics);
    assert_eq!(
        document.root["components"]["schemas"]["P"],
        json!({"type": "string"})
    );
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
}

#[test]
fn a_connectors_properties_can_be_changed_as_well() {
    let files = [
        ("apiDefinition.swagger.json", "{\"swagger\": \"2.0\"}"),
        (
            "apiProperties.json",
            "{\"properties\": {\"iconBrandColor\": \"#fff\"}}",
        ),
        (
            "o.yaml",
            "overlay: 1.0.0\nactions:\n- target: $['x-connector-properties']\n  update: { iconBrandColor: '#000' }\n",
        ),
    ];
    let folder = Folder::new("overlay-connector", &files);
    let mut diagnostics = Diagnostics::new();
    let mut document = Document::load(&folder.0, &mut diagnostics).unwrap();
    document
        .overlay(&folder.0.join("o.yaml"), &mut diagnostics)
        .unwrap();
    assert_eq!(
        document.root["x-connector-properties"]["iconBrandColor"],
        "#000"
    );
}
