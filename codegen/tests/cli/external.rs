//! Documents of several files, from the file system and the web, and overlays.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::thread;

use connector_gen::{Generator, RuntimeDependency};

use crate::scratch::{Scratch, json, tree};

/// A document whose only operation gives what `reference` says.
fn document(reference: &str) -> String {
    format!(
        "openapi: 3.0.3
info: {{ title: Pets, version: 1.0.0 }}
servers: [{{ url: https://pets.example.com }}]
paths:
  /pet:
    get:
      operationId: getPet
      responses:
        '200':
          description: a pet
          content: {{ application/json: {{ schema: {{ $ref: '{reference}' }} }} }}
"
    )
}

const PET: &str = "type: object\nproperties: { name: { type: string } }\n";

/// A server that answers by path, until the test ends: a status, more headers, and a body.
fn serve(
    answer: impl Fn(&str, SocketAddr) -> (u16, String, String) + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let request = lines.next().unwrap().unwrap();
            let headers: Vec<_> = lines
                .map(Result::unwrap)
                .take_while(|line| !line.is_empty())
                .collect();
            let has_secrets = headers.iter().any(|line| {
                let line = line.to_ascii_lowercase();
                line.starts_with("authorization") || line.starts_with("cookie")
            });
            let path = request.split(' ').nth(1).unwrap();
            let (status, more, body) = match has_secrets {
                true => (500, String::new(), String::new()),
                false => answer(path, address),
            };
            let length = body.len();
            // A client that has seen enough may be gone.
            let _ = write!(
                stream,
                "HTTP/1.1 {status} x\r\nConnection: close\r\nContent-Length: {length}\r\n{more}\r\n{body}"
            );
        }
    });
    address
}

#[test]
fn a_folder_of_several_files_becomes_one_crate() {
    let scratch = Scratch::new("several");
    scratch.write(
        "api/openapi.yaml",
        &document("models.yaml#/components/schemas/Pet"),
    );
    scratch.write(
        "api/models.yaml",
        &format!(
            "openapi: 3.0.3\ncomponents:\n  schemas:\n    Pet:\n      {}",
            PET.replace('\n', "\n      ")
        ),
    );
    scratch
        .run(&["api", "-o", "out", "--report", "report.json"])
        .exits(0);
    assert!(
        scratch
            .read("out/src/models/shared.rs")
            .contains("pub struct Pet")
    );
    let report = json(&scratch.read("report.json"));
    let inputs = report["document"]["inputs"].as_array().unwrap();
    let names: Vec<_> = inputs
        .iter()
        .map(|input| input["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["api/openapi.yaml", "api/models.yaml"]);
    // The same crate, wherever the command is run.
    let absolute = scratch.path("api").display().to_string();
    scratch.run(&[&absolute, "-o", "again"]).exits(0);
    assert_eq!(tree(&scratch.path("out")), tree(&scratch.path("again")));
}

#[test]
fn a_missing_file_costs_what_needs_it() {
    let scratch = Scratch::new("missing-file");
    scratch.write("api.yaml", &document("none.yaml"));
    let run = scratch.run(&["api.yaml", "-o", "out"]).exits(0);
    assert!(run.stderr.contains("`none.yaml` does not exist"), "{run:?}");
    assert!(run.stderr.contains("api.yaml:11:52"), "{run:?}");
    scratch
        .run(&["api.yaml", "-o", "strict", "--strict"])
        .exits(1);
}

#[test]
fn another_folder_has_to_be_allowed() {
    let scratch = Scratch::new("allow-path");
    scratch.write("api/api.yaml", &document("../common/pet.yaml"));
    scratch.write("common/pet.yaml", PET);
    let run = scratch.run(&["api/api.yaml", "-o", "out"]).exits(0);
    assert!(run.stderr.contains("hint: `--allow-path DIR`"), "{run:?}");
    let run = scratch
        .run(&[
            "api/api.yaml",
            "-o",
            "out",
            "--strict",
            "--allow-path",
            "common",
        ])
        .exits(0);
    assert!(
        run.stderr.starts_with("generated 1 operation and 1 model"),
        "{run:?}"
    );
}

#[test]
fn the_standard_input_has_no_folder_but_can_be_given_one() {
    let scratch = Scratch::new("base");
    scratch.write("common/pet.yaml", PET);
    let text = document("pet.yaml");
    let run = scratch.run_with_input(&["-", "-o", "out"], &text).exits(0);
    assert!(run.stderr.contains("`--base DIR`"), "{run:?}");
    scratch
        .run_with_input(&["-", "-o", "out", "--strict", "--base", "common"], &text)
        .exits(0);
}

#[test]
fn no_file_that_was_read_is_written_over() {
    let scratch = Scratch::new("keep-inputs");
    scratch.write("api.yaml", &document("parts/pet.yaml"));
    scratch.write("parts/pet.yaml", PET);
    scratch.write(
        "o.yaml",
        "overlay: 1.0.0\nactions: [{ target: $.info, update: { title: T } }]\n",
    );
    for arguments in [
        ["--report", "parts/pet.yaml", "-o", "out"].as_slice(),
        &["-o", "parts", "--force"],
        &["--overlay", "o.yaml", "--report", "o.yaml", "-o", "out"],
    ] {
        let arguments = [&["api.yaml"], arguments].concat();
        let run = scratch.run(&arguments).exits(3);
        assert!(run.stderr.contains("would destroy the document"), "{run:?}");
    }
    assert_eq!(scratch.read("parts/pet.yaml"), PET);
}

#[test]
fn urls_are_fetched_when_they_are_allowed_and_nothing_else_is() {
    let server = serve(|path, address| match path {
        "/schemas/pet.yaml" => (
            200,
            String::new(),
            "properties: { owner: { $ref: ./owner.json } }".to_owned(),
        ),
        "/schemas/owner.json" => (
            302,
            "Location: /schemas/moved/owner.json\r\n".to_owned(),
            String::new(),
        ),
        "/schemas/moved/owner.json" => (
            200,
            String::new(),
            r#"{"properties": {"a": {"$ref": "./address.json"}}}"#.to_owned(),
        ),
        "/schemas/moved/address.json" => (
            302,
            format!("Location: http://{address}/private/address.json\r\n"),
            String::new(),
        ),
        "/private/address.json" => (200, String::new(), "{}".to_owned()),
        _ => (404, String::new(), String::new()),
    });
    let scratch = Scratch::new("url");
    let url = format!("http://{server}/schemas/pet.yaml");
    scratch.write("api.yaml", &document(&url));
    let run = scratch.run(&["api.yaml", "-o", "out"]).exits(0);
    assert!(
        run.stderr
            .contains(&format!("`--allow-url http://{server}/schemas/`")),
        "{run:?}"
    );

    let prefix = format!("http://{server}/schemas/");
    let run = scratch
        .run(&[
            "api.yaml",
            "-o",
            "out",
            "--allow-url",
            &prefix,
            "--report",
            "report.json",
        ])
        .exits(0);
    let models = scratch.read("out/src/models/shared.rs");
    assert!(
        models.contains("pub struct Pet") && models.contains("pub struct Owner"),
        "{models}"
    );
    // Where the redirect leads was not allowed.
    assert!(
        run.stderr
            .contains("`./address.json` is not fetched: it was not allowed"),
        "{run:?}"
    );
    assert!(
        run.stderr
            .contains(&format!("http://{server}/schemas/moved/owner.json:1:")),
        "{run:?}"
    );
    let report = json(&scratch.read("report.json"));
    let inputs = report["document"]["inputs"].as_array().unwrap();
    let names: Vec<_> = inputs
        .iter()
        .map(|input| input["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "api.yaml".to_owned(),
            url,
            format!("http://{server}/schemas/moved/owner.json")
        ]
    );
}

#[test]
fn what_a_server_says_is_bounded_and_told() {
    let server = serve(|path, address| match path {
        "/loop" => (
            302,
            format!("Location: http://{address}/loop\r\n"),
            String::new(),
        ),
        "/large" => (200, String::new(), "x".repeat((64 << 20) + 1)),
        "/binary" => (200, String::new(), "\0".repeat(64)),
        _ => (404, String::new(), String::new()),
    });
    let scratch = Scratch::new("server");
    let prefix = format!("http://{server}");
    for (path, message) in [
        ("loop", "redirects too often"),
        ("large", "64 MiB"),
        ("binary", "binary data"),
        ("none", "the server says 404"),
    ] {
        scratch.write("api.yaml", &document(&format!("{prefix}/{path}#/x")));
        let run = scratch
            .run(&["api.yaml", "-o", "out", "--allow-url", &prefix])
            .exits(0);
        assert!(run.stderr.contains(message), "{path}: {run:?}");
    }
    scratch.write("api.yaml", &document("http://pets.invalid/x.yaml"));
    let run = scratch
        .run(&[
            "api.yaml",
            "-o",
            "out",
            "--allow-url",
            "http://pets.invalid/",
        ])
        .exits(0);
    assert!(run.stderr.contains("only https is"), "{run:?}");
}

#[test]
fn a_document_from_the_web_by_way_of_the_standard_input_has_a_url_as_its_base() {
    let server = serve(|path, _| match path {
        "/a/pet.yaml" => (200, String::new(), PET.to_owned()),
        _ => (404, String::new(), String::new()),
    });
    let scratch = Scratch::new("url-base");
    let base = format!("http://{server}/a/api.yaml");
    let prefix = format!("http://{server}/a");
    let arguments = [
        "-",
        "-o",
        "out",
        "--strict",
        "--base",
        &base,
        "--allow-url",
        &prefix,
    ];
    scratch
        .run_with_input(&arguments, &document("pet.yaml"))
        .exits(0);
    assert!(
        scratch
            .read("out/src/models/shared.rs")
            .contains("pub struct Pet")
    );
}

#[test]
fn overlays_are_applied_in_their_order() {
    let scratch = Scratch::new("overlays");
    for (file, title) in [("one.yaml", "One"), ("two.yaml", "Two")] {
        let overlay = format!(
            "overlay: 1.0.0\ninfo: {{ title: o, version: '1' }}\nactions:\n- target: $.info\n  update: {{ title: {title} }}\n"
        );
        scratch.write(file, &overlay);
    }
    scratch
        .run(&[
            "acme.yaml",
            "--overlay",
            "two.yaml",
            "--overlay",
            "one.yaml",
        ])
        .exits(0);
    assert!(scratch.path("one").is_dir());
    scratch.write(
        "broken.yaml",
        "overlay: 1.0.0\nactions:\n- target: $.paths[/a]\n  remove: true\n",
    );
    let run = scratch
        .run(&["acme.yaml", "--overlay", "broken.yaml", "-o", "out"])
        .exits(1);
    assert!(run.stderr.contains("broken.yaml:3:3"), "{run:?}");
    assert!(run.stderr.contains("target: $.paths[/a]"), "{run:?}");
    let run = scratch.run(&["one.yaml", "-o", "out"]).exits(1);
    assert!(run.stderr.contains("--overlay"), "{run:?}");
    let run = scratch
        .run(&["inspect", "acme.yaml", "--overlay", "one.yaml"])
        .exits(0);
    assert!(run.stdout.starts_with("One 1.4.0"), "{run:?}");
}

#[test]
fn a_build_script_learns_which_files_were_read() {
    let scratch = Scratch::new("inputs");
    scratch.write("api.yaml", &document("parts/pet.yaml"));
    scratch.write("parts/pet.yaml", PET);
    scratch.write(
        "o.yaml",
        "overlay: 1.0.0\nactions: [{ target: $.info, update: { title: T } }]\n",
    );
    let generator = Generator::new(scratch.path("api.yaml")).overlay(scratch.path("o.yaml"));
    let generated = generator.generate(RuntimeDependency::default()).unwrap();
    let inputs: Vec<_> = generated.inputs().map(Path::to_owned).collect();
    let expected = ["api.yaml", "o.yaml", "parts/pet.yaml"].map(|file| scratch.path(file));
    assert_eq!(inputs, expected);
}
