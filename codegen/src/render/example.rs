//! The example in the crate's docs and README.

use crate::model::{Api, Operation, Outcome, Output, Scalar, Tag, Type};

use super::ty::resolved;

/// A fenced example: a client from the environment and one call.
pub(super) fn block(api: &Api, attribute: &str) -> Vec<String> {
    let name = api.package.crate_name();
    let fence = if attribute.is_empty() {
        "```rust".to_owned()
    } else {
        format!("```{attribute}")
    };
    let mut lines = vec![
        fence,
        format!("# async fn run() -> {name}::Result<()> {{"),
        format!("let client = {name}::Client::from_env()?;"),
    ];
    if let Some((tag, operation)) = simplest(api) {
        let arguments: Vec<&str> = operation
            .parameters
            .iter()
            .filter(|parameter| parameter.required)
            .filter_map(|p| argument(api, &p.ty))
            .collect();
        let call = format!(
            "client.{}().{}({}).send().await?",
            tag.module,
            operation.function,
            arguments.join(", ")
        );
        lines.push(match &operation.output {
            Output::One(Outcome::Empty) => format!("{call};"),
            Output::One(Outcome::Stream) => format!("let bytes = {call}.bytes().await?;"),
            _ => format!("let answer = {call};"),
        });
        match &operation.output {
            Output::One(Outcome::Empty) => {}
            Output::One(Outcome::Stream) => {
                lines.push("println!(\"{} bytes\", bytes.len());".to_owned())
            }
            _ => lines.push("println!(\"{answer:?}\");".to_owned()),
        }
    }
    lines.push("# Ok(())".to_owned());
    lines.push("# }".to_owned());
    lines.push("```".to_owned());
    lines
}

/// The first operation that reads something and takes nothing but simple arguments.
fn simplest(api: &Api) -> Option<(&Tag, &Operation)> {
    let all = || {
        api.tags
            .iter()
            .flat_map(|tag| tag.operations.iter().map(move |operation| (tag, operation)))
    };
    let simple = |operation: &Operation| {
        let arguments = operation
            .parameters
            .iter()
            .filter(|p| p.required)
            .all(|p| argument(api, &p.ty).is_some());
        !operation.docs.deprecated && arguments && !operation.body_required
    };
    let reads = |operation: &Operation| {
        operation.method == "GET" && matches!(operation.output, Output::One(Outcome::Json(_)))
    };
    all()
        .find(|(_, operation)| simple(operation) && reads(operation))
        .or_else(|| all().find(|(_, operation)| simple(operation)))
}

/// A value that an argument of this type takes.
fn argument(api: &Api, ty: &Type) -> Option<&'static str> {
    match resolved(api, ty) {
        Type::Scalar(Scalar::String) => Some("\"…\""),
        Type::Scalar(Scalar::Bool) => Some("true"),
        Type::Scalar(Scalar::I32 | Scalar::I64 | Scalar::U32 | Scalar::U64) => Some("1"),
        Type::Scalar(Scalar::F64) => Some("1.0"),
        Type::Vec(item) if matches!(resolved(api, item), Type::Scalar(Scalar::String)) => {
            Some("[\"…\"]")
        }
        _ => None,
    }
}
