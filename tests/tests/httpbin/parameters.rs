//! Parameters of every style in paths, queries and headers.

use connector_tests::Httpbin;
use httpbin::models::{Color, Echo, Household, Person, Point};
use httpbin::runtime::{Response, Value};
use serde_json::json;

use crate::{ODD, ada, client_of, header, household, household_value, target, words};

/// The query without what is checked by its decoded value: the pairs of these names.
fn raw_pairs(target: &str, names: &[&str]) -> Vec<String> {
    let query = target.split_once('?').unwrap().1;
    let is_named = |pair: &&str| {
        let name = pair.split_once('=').unwrap().0;
        names.contains(&name)
    };
    query
        .split('&')
        .filter(is_named)
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn scalars_in_the_query_arrive_as_they_were_set() {
    let httpbin = Httpbin::start().unwrap();
    let parameters = client_of(&httpbin).parameters();
    let sent = parameters
        .echo_query()
        .text(ODD)
        .integer(i64::MIN)
        .number(0.1)
        .flag(false)
        .day("2024-02-29".parse().unwrap())
        .moment("2024-02-29T12:30:00+02:00".parse().unwrap())
        .color(Color::from("light blue"))
        .filter_name(ODD)
        .odd_name("x")
        .plain(ODD)
        .json(&household())
        .send_with_response()
        .await
        .unwrap();
    let mut args = sent.body().args.clone().unwrap();
    let json: Value = serde_json::from_str(args.remove("json").unwrap().as_str().unwrap()).unwrap();
    assert_eq!(json, household_value());
    assert_eq!(
        Value::from_iter(args),
        json!({
            "text": ODD,
            "integer": "-9223372036854775808",
            "number": "0.1",
            "flag": "false",
            "day": "2024-02-29",
            "moment": "2024-02-29T12:30:00+02:00",
            "color": "light blue",
            "filter[name]": ODD,
            "odd name&=+": "x",
            "plain": ODD,
        })
    );
    // Nothing but unreserved characters and escapes.
    let target = target(&sent);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~%&=".contains(c);
    assert!(
        target.split_once('?').unwrap().1.chars().all(is_plain),
        "{target}"
    );
}

#[tokio::test]
async fn lists_and_objects_in_the_query_arrive_in_their_style() {
    let httpbin = Httpbin::start().unwrap();
    let list = ["a,b", "c d", "e|f&"];
    let point = Point::new().x(1).y(-2);
    let sent = client_of(&httpbin)
        .parameters()
        .echo_query()
        .form_list(list)
        .form_list_exploded(list)
        .form_object(&point)
        .form_object_exploded(&ada())
        .space_list(list)
        .space_list_exploded(list)
        .space_object(&point)
        .pipe_list(list)
        .pipe_list_exploded(list)
        .pipe_object(&point)
        .deep(&ada())
        .deeper(&household())
        .send_with_response()
        .await
        .unwrap();
    let args = sent.body().args.clone().unwrap();
    assert_eq!(
        Value::from_iter(args),
        json!({
            "formList": "a,b,c d,e|f&",
            "formListExploded": list,
            "formObject": "x,1,y,-2",
            "name": "Ada, Countess", "age": "36", "happy": "true",
            "spaceList": "a,b c d e|f&",
            "spaceListExploded": list,
            "spaceObject": "x 1 y -2",
            "pipeList": "a,b|c d|e|f&",
            "pipeListExploded": list,
            "pipeObject": "x|1|y|-2",
            "deep[name]": "Ada, Countess", "deep[age]": "36", "deep[happy]": "true",
            "deeper[people][0][name]": "Ada, Countess",
            "deeper[people][0][age]": "36",
            "deeper[people][0][happy]": "true",
            "deeper[people][1][name]": "Bob & Co",
            "deeper[pets][0]": "cat",
            "deeper[pets][1]": "dog",
            "deeper[place][x]": "1",
        })
    );
    // A delimiter inside of an element is escaped where the delimiter is not; the other two are the same once they are decoded, so
    // that nobody can put what the style separates into an element (OpenAPI 3.0.4 appendix E).
    let target = target(&sent);
    let raw = raw_pairs(&target, &["formList", "spaceList", "pipeList"]);
    assert_eq!(
        raw,
        [
            "formList=a%2Cb,c%20d,e%7Cf%26",
            "spaceList=a%2Cb%20c%20d%20e%7Cf%26",
            "pipeList=a%2Cb%7Cc%20d%7Ce%7Cf%26"
        ]
    );
}

#[tokio::test]
async fn reserved_characters_stay_as_they_are_where_that_is_allowed() {
    let httpbin = Httpbin::start().unwrap();
    let text = "https://a.b/c?d=e:f;g,h@i!$'()*&j#k+l[m]%20%zz";
    let sent = client_of(&httpbin)
        .parameters()
        .echo_query()
        .reserved(text)
        .reserved_list(["x/y", "z:?"])
        .send_with_response()
        .await
        .unwrap();
    // `'` is escaped by the URL Standard, which the rest follows RFC 3986 without.
    assert_eq!(
        target(&sent),
        "/anything/query?reserved=https://a.b/c?d=e:f;g,h@i!$%27()*%26j%23k%2Bl%5Bm%5D%20%25zz&reservedList=x/y,z:?"
    );
    let args = sent.body().args.clone().unwrap();
    // An escape in the value is an escape (RFC 6570 section 1.5).
    assert_eq!(args["reserved"], text.replace("%20", " "));
    assert_eq!(args["reservedList"], "x/y,z:?");
}

#[tokio::test]
async fn path_parameters_arrive_in_their_style() {
    let httpbin = Httpbin::start().unwrap();
    let parameters = client_of(&httpbin).parameters();
    let list = ["a,b", "c.d;e=f/g"];
    let person = Person::new("A;B.C=D,E/F").age(36);
    let text = "x/y?z#%é";
    let calls = [
        parameters
            .echo_simple(text, list, &person)
            .send_with_response(),
        parameters
            .echo_simple_exploded(text, list, &person)
            .send_with_response(),
        parameters
            .echo_label(text, list, &person)
            .send_with_response(),
        parameters
            .echo_label_exploded(text, list, &person)
            .send_with_response(),
        parameters
            .echo_matrix(text, list, &person)
            .send_with_response(),
        parameters
            .echo_matrix_exploded(text, list, &person)
            .send_with_response(),
    ];
    let mut targets = Vec::new();
    for call in calls {
        targets.push(target(&call.await.unwrap()));
    }
    // `.` is unreserved, so that it can't be told from the delimiter of an exploded label.
    assert_eq!(
        targets,
        [
            "/anything/simple/x%2Fy%3Fz%23%25%C3%A9/a%2Cb,c.d%3Be%3Df%2Fg/name,A%3BB.C%3DD%2CE%2FF,age,36",
            "/anything/simple-exploded/x%2Fy%3Fz%23%25%C3%A9/a%2Cb,c.d%3Be%3Df%2Fg/name=A%3BB.C%3DD%2CE%2FF,age=36",
            "/anything/label/.x%2Fy%3Fz%23%25%C3%A9/.a%2Cb,c.d%3Be%3Df%2Fg/.name,A%3BB.C%3DD%2CE%2FF,age,36",
            "/anything/label-exploded/.x%2Fy%3Fz%23%25%C3%A9/.a%2Cb.c.d%3Be%3Df%2Fg/.name=A%3BB.C%3DD%2CE%2FF.age=36",
            "/anything/matrix/;text=x%2Fy%3Fz%23%25%C3%A9/;list=a%2Cb,c.d%3Be%3Df%2Fg/;object=name,A%3BB.C%3DD%2CE%2FF,age,36",
            "/anything/matrix-exploded/;text=x%2Fy%3Fz%23%25%C3%A9/;list=a%2Cb;list=c.d%3Be%3Df%2Fg/;name=A%3BB.C%3DD%2CE%2FF;age=36",
        ]
    );
}

#[tokio::test]
async fn every_character_of_a_path_parameter_arrives() {
    let httpbin = Httpbin::start().unwrap();
    let parameters = client_of(&httpbin).parameters();
    let sent = parameters.echo_document(&Household::new().address(ODD));
    let sent = sent.send_with_response().await.unwrap();
    let target = target(&sent);
    let segment = target.strip_prefix("/anything/documents/").unwrap();
    let decoded = percent_encoding::percent_decode_str(segment)
        .decode_utf8()
        .unwrap();
    let document: Value = serde_json::from_str(&decoded).unwrap();
    assert_eq!(document, json!({"address": ODD}));
    assert!(!segment.contains(['/', '?', '#']), "{segment}");
}

#[tokio::test]
async fn headers_arrive_in_their_style() {
    let httpbin = Httpbin::start().unwrap();
    let text = r#"a/b?c#d&e=f+g %41 ,;:@|"'\{}"#;
    let sent: Response<Echo> = client_of(&httpbin)
        .parameters()
        .echo_headers()
        .x_text(text)
        .x_integer(-5)
        .x_flag(true)
        .x_list(["a", "b c"])
        .x_list_exploded(["a", "b c"])
        .x_object(&Person::new("Ada").age(36))
        .x_object_exploded(&Person::new("Ada").age(36))
        .x_json(&household())
        .send_with_response()
        .await
        .unwrap();
    let headers = &sent.body().headers;
    for (name, expected) in [
        ("X-Text", text),
        ("X-Integer", "-5"),
        ("X-Flag", "true"),
        ("X-List", "a,b c"),
        ("X-List-Exploded", "a,b c"),
        ("X-Object", "name,Ada,age,36"),
        ("X-Object-Exploded", "name=Ada,age=36"),
    ] {
        assert_eq!(headers[name], expected, "{name}");
    }
    let json: Value = serde_json::from_str(&headers["X-Json"]).unwrap();
    assert_eq!(json, household_value());
    assert_eq!(header(&sent, "content-type"), "application/json");
    assert_eq!(headers["Accept"], "application/json");
}

#[tokio::test]
async fn parameters_that_are_not_set_leave_no_trace() {
    let httpbin = Httpbin::start().unwrap();
    let parameters = client_of(&httpbin).parameters();
    let nothing = parameters.echo_query().send_with_response().await.unwrap();
    assert_eq!(target(&nothing), "/anything/query");
    // A list without elements is undefined (RFC 6570 section 2.3); a text without characters is not.
    let empty = parameters.echo_query().text("").form_list(words(&[]));
    let empty = empty.send_with_response().await.unwrap();
    assert_eq!(target(&empty), "/anything/query?text=");
}
