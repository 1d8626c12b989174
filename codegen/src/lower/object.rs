//! Objects: structs with their fields, and the forms of multipart bodies.

use std::collections::HashSet;

use openapiv3::{AdditionalProperties, SchemaData, SchemaKind, Type as Kind};
use serde_json::Value;

use super::Lowering;
use super::compose::Composite;
use super::extension;
use super::fixed::scalar_of;
use super::format::format_name;
use super::names::{Scope, type_name};
use super::plural::singular;
use super::schema::{Place, SchemaRef, Typed, docs};
use crate::diagnostics::{Code, Pointer};
use crate::model::{
    Docs, Encoding, Field, Form, FormField, FormFieldKind, ModelKind, Presence, Scalar, Struct,
    Type, Visibility, WireName,
};

impl<'a> Lowering<'a> {
    /// The struct for an object with declared properties.
    pub fn object(&mut self, composite: &Composite<'a>, place: &Place) -> Struct {
        let mut fields = Scope::fields();
        let mut setters = Scope::methods();
        let mut result = Struct::default();
        let beside: HashSet<String> = composite
            .properties
            .keys()
            .map(|wire| type_name(wire))
            .collect();
        for (wire, parts) in &composite.properties {
            let Some((_, pointer)) = parts.first() else {
                continue;
            };
            let schemas: Vec<_> = parts.iter().map(|(schema, _)| *schema).collect();
            let alternatives = composite.alternatives.contains(wire);
            let mut part = place.part(wire, pointer.clone());
            part.keeps_plural = singular(&type_name(wire)).is_some_and(|one| beside.contains(&one));
            let typed = self.property_type(parts, alternatives, &part);
            let about = self.about(&schemas);
            // Where the API calls back is said when someone subscribes.
            let required = composite.required.contains(wire) && !about.is_notification_url;
            let presence = match (required, typed.nullable) {
                (true, false) => Presence::Required,
                (true, true) => Presence::Nullable,
                (false, true) => Presence::Patch,
                (false, false) => Presence::Optional,
            };
            let constant = self.constant(&schemas, &typed.ty).filter(|_| !alternatives);
            let fixed = about
                .default
                .filter(|_| required && about.visibility == Visibility::Internal);
            let ty = match fixed {
                Some(value) => of_fixed(typed.ty, value),
                None => typed.ty,
            };
            let name = about.client_name.unwrap_or(wire);
            result.fields.push(Field {
                wire: WireName::new(*wire),
                name: fields.claim_value(name),
                setter: Some(setters.claim_value(name)),
                // Whether a fixed value fits is known once all models are.
                in_new: required && constant.is_none() && fixed.is_none(),
                constant,
                fixed: fixed.cloned(),
                visibility: about.visibility,
                default: about
                    .default
                    .and_then(|value| self.default_text(value, &ty, pointer)),
                presence,
                ty,
                read_only: about.read_only,
                write_only: about.write_only,
                docs: about.docs,
            });
        }
        self.undeclared(composite, &mut result, &mut fields, &mut setters, place);
        if let Some(additional) = composite.additional {
            let value = match additional {
                AdditionalProperties::Any(_) => Type::Value,
                AdditionalProperties::Schema(schema) => {
                    let pointer = place.pointer.join("additionalProperties");
                    self.schema_type(SchemaRef::new(schema), &place.part("value", pointer))
                        .into_type()
                }
            };
            result.rest = Some((fields.claim_value("additional_properties"), value));
        }
        result
    }

    /// `required` may name members that no one declares; they can be set, as any JSON.
    fn undeclared(
        &mut self,
        composite: &Composite<'a>,
        result: &mut Struct,
        fields: &mut Scope,
        setters: &mut Scope,
        place: &Place,
    ) {
        let mut missing: Vec<&str> = composite
            .required
            .iter()
            .copied()
            .filter(|name| !composite.properties.contains_key(name))
            .collect();
        missing.sort_unstable();
        for wire in missing {
            self.diagnostics
                .warn(
                    Code::RequiredUndeclared,
                    &place.pointer,
                    format!("`required` names `{wire}`, which `properties` does not declare"),
                )
                .hint("declare the property; until then it can be set as any JSON");
            result.fields.push(Field {
                wire: WireName::new(wire),
                name: fields.claim_value(wire),
                setter: Some(setters.claim_value(wire)),
                ty: Type::Value,
                presence: Presence::Optional,
                in_new: false,
                constant: None,
                fixed: None,
                visibility: Visibility::default(),
                default: None,
                read_only: false,
                write_only: false,
                docs: Docs::default(),
            });
        }
    }

    /// The type of a property that satisfies all of `parts`, or one if they are alternatives.
    fn property_type(
        &mut self,
        parts: &[(SchemaRef<'a>, Pointer)],
        alternatives: bool,
        place: &Place,
    ) -> Typed {
        if let [(single, _)] = parts {
            return self.schema_type(*single, place);
        }
        let schemas: Vec<_> = parts.iter().map(|(schema, _)| *schema).collect();
        let mut nulls = schemas.iter().map(|schema| self.is_nullable(*schema));
        let nullable = if alternatives {
            nulls.any(|nullable| nullable)
        } else {
            nulls.all(|nullable| nullable)
        };
        let data = SchemaData::default();
        let ty = self.once(&schemas, &data, place, |lowering| {
            if alternatives {
                lowering.one_of(parts.to_vec(), &data, place)
            } else {
                lowering.intersection(&schemas, place)
            }
        });
        Typed { ty, nullable }
    }

    /// What the parts of a property say about it. A component's own docs stay with the component.
    fn about(&self, schemas: &[SchemaRef<'a>]) -> About<'a> {
        let mut about = About::default();
        for schema in schemas {
            let Some(resolved) = self.resolve(*schema) else {
                continue;
            };
            let data = &resolved.schema_data;
            about.read_only |= data.read_only;
            about.write_only |= data.write_only;
            about.docs.deprecated |= data.deprecated;
            about.default = about
                .default
                .or(data.default.as_ref().filter(|value| !value.is_null()));
            if about.visibility == Visibility::Normal {
                about.visibility = extension::visibility(&data.extensions);
            }
            about.client_name = about
                .client_name
                .or(extension::text(&data.extensions, "x-ms-client-name"));
            about.is_notification_url |=
                extension::is_on(&data.extensions, "x-ms-notification-url");
            if matches!(schema, SchemaRef::Inline(_))
                && about.docs.description.is_none()
                && about.docs.summary.is_none()
            {
                let deprecated = about.docs.deprecated;
                about.docs = docs(data);
                about.docs.deprecated |= deprecated;
            }
        }
        about
    }

    /// The one string that a property can be: nobody needs to say it.
    fn constant(&self, schemas: &[SchemaRef<'a>], ty: &Type) -> Option<String> {
        let mut values = schemas
            .iter()
            .find_map(|schema| self.string_values(*schema))?;
        let plain = match ty {
            Type::Model(id) => matches!(
                self.models.get(id.index()).map(|model| &model.kind),
                Some(ModelKind::Alias(Type::Scalar(Scalar::String)))
            ),
            other => *other == Type::STRING,
        };
        values.dedup();
        (plain && values.len() == 1).then(|| values[0].to_owned())
    }

    /// A scalar default as JSON text, for the docs; one that does not fit its type is reported.
    fn default_text(&mut self, default: &Value, ty: &Type, pointer: &Pointer) -> Option<String> {
        let fitted = match ty {
            Type::Scalar(
                scalar @ (Scalar::Bool
                | Scalar::I32
                | Scalar::I64
                | Scalar::U32
                | Scalar::U64
                | Scalar::F64),
            ) => scalar_of(*scalar, default),
            Type::Scalar(_) => default.is_string().then(|| default.clone()),
            _ => Some(default.clone()),
        };
        match (default, fitted) {
            (Value::Null, _) => None,
            (Value::Array(_) | Value::Object(_), _) if default.to_string().len() > 120 => None,
            (_, Some(fitted)) => Some(fitted.to_string()),
            _ => {
                self.diagnostics.note(
                    Code::DefaultMismatch,
                    pointer,
                    "the default is not of the property's type",
                );
                None
            }
        }
    }

    /// The form of a `multipart/form-data` body; `None` if its schema declares no parts.
    pub fn form(
        &mut self,
        schema: SchemaRef<'a>,
        encodings: &[Encoding],
        place: &Place,
    ) -> Option<Form> {
        let composite = self.flattened(schema, &place.pointer);
        if composite.properties.is_empty() {
            return None;
        }
        let mut names = Scope::methods();
        let mut form = Form { fields: Vec::new() };
        for (wire, parts) in composite.properties {
            let Some((_, pointer)) = parts.first() else {
                continue;
            };
            let schemas: Vec<_> = parts.iter().map(|(schema, _)| *schema).collect();
            let about = self.about(&schemas);
            if about.read_only {
                continue;
            }
            let content_type = encodings
                .iter()
                .find(|encoding| encoding.property.as_str() == wire)
                .and_then(|e| e.content_type.clone());
            let kind = match self.file_kind(&schemas, content_type.as_deref()) {
                Some(kind) => kind,
                None => FormFieldKind::Value(
                    self.property_type(
                        &parts,
                        composite.alternatives.contains(wire),
                        &place.part(wire, pointer.clone()),
                    )
                    .ty,
                ),
            };
            form.fields.push(FormField {
                wire: WireName::new(wire),
                name: names.claim_value(wire),
                kind,
                required: composite.required.contains(wire),
                fixed: about.default.cloned().filter(|_| {
                    composite.required.contains(wire) && about.visibility == Visibility::Internal
                }),
                visibility: about.visibility,
                docs: about.docs,
            });
        }
        Some(form)
    }

    /// Whether a part is a file: by its format, or because its content type is neither JSON nor plain text.
    fn file_kind(
        &self,
        schemas: &[SchemaRef<'a>],
        content_type: Option<&str>,
    ) -> Option<FormFieldKind> {
        let schema = schemas.iter().find_map(|schema| self.unwrapped(*schema))?;
        match &schema.schema_kind {
            SchemaKind::Type(Kind::String(string)) if string.enumeration.is_empty() => {
                let binary = format_name(&string.format) == "binary";
                let foreign = content_type.is_some_and(|text| {
                    !text.contains("json") && !text.trim_start().starts_with("text/plain")
                });
                (binary || foreign).then_some(FormFieldKind::File)
            }
            SchemaKind::Type(Kind::Array(array)) => {
                let item = self.unwrapped(SchemaRef::boxed(array.items.as_ref()?))?;
                match &item.schema_kind {
                    SchemaKind::Type(Kind::String(string))
                        if format_name(&string.format) == "binary" =>
                    {
                        Some(FormFieldKind::Files)
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

#[derive(Default)]
struct About<'a> {
    docs: Docs,
    default: Option<&'a Value>,
    read_only: bool,
    write_only: bool,
    visibility: Visibility,
    client_name: Option<&'a str>,
    is_notification_url: bool,
}

/// The type of a value that the constructor fills in: it is text where only a text that is parsed would do.
fn of_fixed(ty: Type, value: &Value) -> Type {
    match ty {
        Type::Scalar(
            Scalar::DateTime | Scalar::Date | Scalar::Time | Scalar::Uuid | Scalar::Base64,
        ) if value.is_string() => Type::STRING,
        other => other,
    }
}
