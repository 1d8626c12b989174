use super::*;

fn refused(text: &str) -> (String, String) {
    let error = Settings::parse("connector.toml", text).unwrap_err();
    let diagnostic = error.diagnostic();
    assert_eq!(diagnostic.code, Code::SettingsInvalid);
    let location = diagnostic.location.as_ref().unwrap().to_string();
    (location, diagnostic.message.clone())
}

#[test]
fn an_empty_file_says_what_no_file_says() {
    let settings = Settings::parse("connector.toml", "").unwrap();
    assert_eq!(settings.decoding().mode, Mode::Lenient);
    assert!(settings.operation("a", "GET", "/a").is_none());
}

#[test]
fn decoding_and_operations_are_read() {
    let text = r#"
[decoding]
mode = "strict"

[operations.listThings.paging]
by = "cursor"
next = "meta.next"
parameter = "cursor"
items = "data"

[operations]
"GET /others" = { paging = false }
"#;
    let settings = Settings::parse("connector.toml", text).unwrap();
    assert_eq!(settings.decoding().mode, Mode::Strict);
    let found = settings.operation("listThings", "GET", "/things").unwrap();
    let Some(Switch::On(paging)) = &found.paging else {
        panic!("{found:?}");
    };
    assert_eq!(*paging.get_ref().by.get_ref(), PagingWay::Cursor);
    let next = paging.get_ref().next.as_ref().unwrap();
    assert_eq!(next.get_ref(), "meta.next");
    assert_eq!(
        text[..next.span().start].lines().count(),
        7,
        "the place within the file is known"
    );
    let others = settings.operation("whatever", "get", "/others").unwrap();
    assert_eq!(others.paging, Some(Switch::Off));
}

#[test]
fn what_is_not_understood_is_an_error_at_its_place() {
    for (text, place, message) in [
        ("mode = 1", "1:1", "unknown field `mode`"),
        (
            "[decoding]\nmode = \"loose\"",
            "2:8",
            "unknown variant `loose`",
        ),
        ("[decoding]\nmode = 1", "2:8", "wanted string or table"),
        ("[decoding\n", "1:10", "unclosed table"),
        (
            "[operations.a]\npages = false",
            "2:1",
            "unknown field `pages`",
        ),
        (
            "[operations.a]\npaging = true",
            "2:10",
            "`true` says nothing",
        ),
        ("[operations.a]\npaging = 3", "2:10", "a table, or `false`"),
        (
            "[operations.a.paging]\nitems = \"x\"",
            "1:1",
            "missing field `by`",
        ),
        (
            "[operations.a.paging]\nby = \"cursor\"\nnext = 3",
            "3:8",
            "expected a string",
        ),
        (
            "[operations.a.paging]\nby = \"cursor\"\nnext = \"x\"",
            "1:1",
            "`parameter` is missing",
        ),
        (
            "[operations.a.paging]\nby = \"link-header\"\nnext = \"x\"",
            "3:8",
            "`next` does not go with pages by link-header",
        ),
        (
            "[operations.a.paging]\nby = \"link\"\nnext = \"x\"\nlimit = \"x\"",
            "4:1",
            "unknown field `limit`",
        ),
    ] {
        let (found, said) = refused(text);
        assert_eq!(found, format!("connector.toml:{place}"), "{text}: {said}");
        assert!(said.contains(message), "{text}: {said}");
    }
}

#[test]
fn unknown_operations_are_errors_with_a_hint() {
    let text = "[operations.listthings]\npaging = false\n[operations.\"GET /things\"]\n[operations.listOthers]\n[operations.\"GET /others\"]\n";
    let settings = Settings::parse("connector.toml", text).unwrap();
    let mut diagnostics = Diagnostics::new();
    let known = [
        ("listThings", "GET", "/things"),
        ("listOthers", "GET", "/others"),
    ];
    settings.check_operations(known, &mut diagnostics);
    let found: Vec<_> = diagnostics
        .iter()
        .map(|one| {
            let place = one.location.as_ref().unwrap();
            (place.line, one.message.as_str(), one.hint.as_deref())
        })
        .collect();
    assert_eq!(
        found,
        [
            (5, "`listOthers` is the same operation", None),
            (
                1,
                "the document has no operation `listthings`",
                Some("there is an operation `listThings`")
            ),
        ]
    );
    assert!(diagnostics.has_errors());
}

#[test]
fn unknown_operations_are_told_at_their_places() {
    let mut text = format!("[operations]\n{}", "#\n".repeat(100));
    for number in 0..200 {
        text.push_str(&format!("operation{number} = {{}}\n"));
    }
    let settings = Settings::parse("connector.toml", &text).unwrap();
    let mut diagnostics = Diagnostics::new();
    settings.check_operations([], &mut diagnostics);
    let places = diagnostics.iter().map(|found| found.location.as_ref());
    let mut lines: Vec<_> = places.map(|place| place.unwrap().line).collect();
    lines.sort_unstable();
    assert!(lines.into_iter().eq(102..302));
}

#[test]
fn a_file_is_found_beside_a_document_and_in_a_folder() {
    let folder = std::env::temp_dir().join(format!("settings-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let document = folder.join("api.yaml");
    assert_eq!(Settings::beside(&document), None);
    let path = folder.join(FILE_NAME);
    fs::write(&path, "[decoding]\nmode = \"strict\"\n").unwrap();
    assert_eq!(Settings::beside(&document), Some(path.clone()));
    assert_eq!(Settings::beside(&folder), Some(path.clone()));
    assert_eq!(Settings::load(&path).unwrap().decoding().mode, Mode::Strict);
    fs::remove_dir_all(&folder).unwrap();
    let error = Settings::load(&path).unwrap_err();
    assert_eq!(error.diagnostic().code, Code::FileUnreadable);
}
