use std::fs;

use serde_json::json;

use super::*;

/// A folder of its own for one test.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn new(test: &str, files: &[(&str, &str)]) -> Self {
        let name = format!("connector-gen-source-{}-{test}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        let folder = Self(path);
        for (name, contents) in files {
            folder.write(name, contents);
        }
        folder
    }

    pub(super) fn write(&self, name: &str, contents: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    fn load(&self, file: &str) -> Result<Document, SourceError> {
        Document::load(&self.0.join(file), &mut Diagnostics::new())
    }

    /// `file:line:column` of an error, or of the first warning, without the folder.
    pub(super) fn place(&self, location: &Location) -> String {
        let folder = format!("{}/", self.0.display());
        location.to_string().replace(&folder, "")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const DEFINITION: &str = "{\"swagger\": \"2.0\",\n \"info\": {}}";

const PROPERTIES: &str =
    "{\"properties\":\n {\"iconBrandColor\": \"#fff\",\n  \"capabilities\": []}}";

#[test]
fn a_folder_is_searched_for_its_one_definition() {
    let folder = Folder::new(
        "one",
        &[(
            "package.json",
            r#"{"dependencies": {"swagger-ui": "1", "openapi": "2"}, "a": 1}"#,
        )],
    );
    assert_eq!(
        folder.load("").unwrap().root["dependencies"]["openapi"],
        "2"
    );
    folder.write("a.yaml", "openapi: 3.0.0\n");
    assert!(folder.load("").is_err());
    folder.write("ApiDefinition.swagger.json", DEFINITION);
    let document = folder.load("").unwrap();
    assert_eq!(document.root, json!({"swagger": "2.0", "info": {}}));
}

#[test]
fn of_several_definitions_the_one_that_the_others_belong_to_is_taken() {
    let files = [
        ("a.yaml", "openapi: 3.0.0\n"),
        (
            "main.yaml",
            "openapi: 3.0.1\nx: { $ref: 'a.yaml#/x' }\ny: { $ref: ./b.json }\n",
        ),
        ("b.json", r#"{"swagger": "2.0", "x": {"$ref": "a.yaml"}}"#),
    ];
    let folder = Folder::new("root", &files);
    assert_eq!(folder.load("").unwrap().root["openapi"], "3.0.1");
    folder.write("c.yaml", "openapi: 3.0.2\nx: { $ref: 'not-main.yaml' }\n");
    let error = folder.load("").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("a.yaml, b.json, c.yaml, main.yaml"),
        "{error}"
    );
    folder.write("openapi.yaml", "openapi: 3.0.3\n");
    assert_eq!(folder.load("").unwrap().root["openapi"], "3.0.3");
    folder.write("swagger.json", r#"{"swagger": "2.0"}"#);
    assert!(folder.load("").is_err());
}

#[test]
fn a_definition_is_found_whatever_is_wrong_with_it() {
    let late = format!(
        "{{\"x\": \"{}\",\n\"swagger\": \"2.0\"}}",
        "x".repeat(200_000)
    );
    let bytes: [&[u8]; 4] = [
        b"\xef\xbb\xbf{\"swagger\": \"2.0\"}",
        b"{\"x\": \"\xf8\", \"swagger\": \"2.0\"}",
        b"{\"x\": [1,], \"swagger\": \"2.0\"}",
        late.as_bytes(),
    ];
    for (index, bytes) in bytes.into_iter().enumerate() {
        let folder = Folder::new(
            &format!("wrong-{index}"),
            &[("apiProperties.json", PROPERTIES)],
        );
        fs::write(folder.0.join("De-Lijn.swagger.json"), bytes).unwrap();
        assert_eq!(folder.load("").unwrap().root["swagger"], "2.0", "{index}");
    }
    let folder = Folder::new(
        "broken",
        &[
            ("apiProperties.json", PROPERTIES),
            ("My.json", "{\"swagger\": \"2.0\"\n \"info\": 1}"),
        ],
    );
    let error = folder.load("").unwrap_err();
    assert_eq!(
        folder.place(error.diagnostic().location.as_ref().unwrap()),
        "My.json:2:2"
    );
}

#[test]
fn what_a_connector_has_beside_its_definition_is_in_the_tree() {
    let folder = Folder::new(
        "companions",
        &[
            ("APIproperties.json", PROPERTIES),
            ("my.swagger.json", DEFINITION),
            ("Script.cs", "class Script {}"),
            (
                "settings.json",
                r#"{"apiProperties": "apiProperties.json"}"#,
            ),
        ],
    );
    for path in ["", "my.swagger.json"] {
        let root = folder.load(path).unwrap().root;
        assert_eq!(
            root["x-connector-properties"],
            json!({"iconBrandColor": "#fff", "capabilities": []})
        );
        assert_eq!(
            root["x-connector-script"],
            json!({"file": "Script.cs", "text": "class Script {}"})
        );
    }
}

#[test]
fn properties_of_another_name_are_found_by_their_content() {
    let folder = Folder::new(
        "by-content",
        &[
            ("acme.json", DEFINITION),
            ("acme-properties.json", PROPERTIES),
            ("a.json", r#"{"properties": {}}"#),
        ],
    );
    let root = folder.load("acme.json").unwrap().root;
    assert!(root["x-connector-properties"]["capabilities"].is_array());
}

#[test]
fn a_lone_definition_gains_nothing() {
    let folder = Folder::new(
        "lone",
        &[("acme.json", DEFINITION), ("script.csx", "class Script {}")],
    );
    let document = folder.load("acme.json").unwrap();
    assert_eq!(document.root, json!({"swagger": "2.0", "info": {}}));
}

#[test]
fn the_files_beside_a_connectors_definition_are_not_those_of_another_document() {
    let folder = Folder::new(
        "other",
        &[
            ("apiDefinition.swagger.json", DEFINITION),
            ("apiProperties.json", PROPERTIES),
            ("other.json", DEFINITION),
        ],
    );
    let other = folder.load("other.json").unwrap();
    assert!(other.root.get("x-connector-properties").is_none());
    let own = folder.load("apiDefinition.swagger.json").unwrap();
    assert!(own.root.get("x-connector-properties").is_some());
}

#[test]
fn places_in_the_properties_are_those_of_their_file() {
    let folder = Folder::new(
        "places",
        &[
            ("apiDefinition.swagger.json", DEFINITION),
            ("apiProperties.json", PROPERTIES),
            ("script.csx", "class Script {}"),
        ],
    );
    let document = folder.load("").unwrap();
    let pointers = [
        "/x-connector-properties/capabilities",
        "/info",
        "/x-connector-properties",
        "/x-connector-script/text",
        "/x-connector-properties/iconBrandColor/none",
        "/x-connector-properties-2",
    ];
    let pointers = pointers.map(|text| Pointer::parse(text).unwrap());
    let places = document.locate(&pointers);
    let places: Vec<_> = places
        .iter()
        .map(|place| folder.place(place.as_ref().unwrap()))
        .collect();
    assert_eq!(
        places,
        [
            "apiProperties.json:3:3",
            "apiDefinition.swagger.json:2:2",
            "apiProperties.json:1:2",
            "script.csx:1:1",
            "apiProperties.json:2:3",
            "apiDefinition.swagger.json:1:1",
        ]
    );
}

#[test]
fn mistakes_in_the_properties_are_repaired_like_those_in_a_definition() {
    let folder = Folder::new(
        "repaired",
        &[
            ("apiDefinition.swagger.json", DEFINITION),
            (
                "apiProperties.json",
                "{\"properties\": {\"a\": 1,\n\"a\": 2,}}",
            ),
        ],
    );
    let mut diagnostics = Diagnostics::new();
    let document = Document::load(&folder.0, &mut diagnostics).unwrap();
    assert_eq!(document.root["x-connector-properties"], json!({"a": 2}));
    document.locate_all(&mut diagnostics);
    let sources = document.into_sources();
    let said: Vec<_> = diagnostics
        .iter()
        .map(|found| {
            assert!(sources.text_of(found).unwrap().starts_with("{\"prop"));
            let place = folder.place(found.location.as_ref().unwrap());
            format!("{} {place}", found.code)
        })
        .collect();
    assert_eq!(
        said,
        [
            "trailing-comma apiProperties.json:2:7",
            "duplicate-key apiProperties.json:2:1"
        ]
    );
}

#[test]
fn properties_that_cannot_be_used_are_an_error_in_their_file() {
    for (text, code, place) in [
        (
            "{\"properties\": {}\n\"a\": 1}",
            Code::SyntaxInvalid,
            "apiProperties.json:2:1",
        ),
        ("", Code::SyntaxInvalid, "apiProperties.json:1:1"),
        ("[]", Code::PropertiesInvalid, "apiProperties.json:1:1"),
        (
            "{\"x\": 1,\n\"properties\": []}",
            Code::PropertiesInvalid,
            "apiProperties.json:2:1",
        ),
    ] {
        let folder = Folder::new(
            "unusable",
            &[
                ("apiDefinition.swagger.json", DEFINITION),
                ("apiProperties.json", text),
            ],
        );
        let error = folder.load("").unwrap_err();
        let found = error.diagnostic();
        assert_eq!(found.code, code, "{text}");
        assert_eq!(folder.place(found.location.as_ref().unwrap()), place);
        assert_eq!(error.text(), Some(text));
    }
}
